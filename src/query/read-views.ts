import type { Catalog } from '../catalog/catalog.ts';
import type { ViewText, ViewTexts } from '../sql/expand-views.ts';
import type { Translation } from '../sql/translation.ts';
import type { Translations } from '../sql/translation-cache.ts';

/** The views that a translated query names, and those that they read, as the catalog has them; undefined for none. */
export async function readViews(
  translation: Translation,
  database: string,
  catalog: Catalog,
  translations: Translations,
): Promise<ViewTexts | undefined> {
  const texts: Record<string, ViewText> = {};
  const add = async ({ tables }: Translation, owner: string): Promise<void> => {
    for (const mention of tables) {
      const [schema, name] = [(mention.database ?? owner).toLowerCase(), mention.name];
      if (texts[`${schema}.${name}`] !== undefined) continue;
      const view = await catalog.view(schema, name);
      if (view === undefined) continue;
      texts[`${schema}.${name}`] = { sql: view.sql, database: view.sqlDatabase };
      await add(await translations.translate(view.sql), view.sqlDatabase);
    }
  };
  await add(translation, database);
  return Object.keys(texts).length === 0 ? undefined : { database: database.toLowerCase(), texts };
}
