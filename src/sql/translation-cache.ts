import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import type { TranslateOptions } from './translate.ts';
import type { Translation } from './translation.ts';

/** Rises with every change of what `translate` makes: what an older version kept is then translated anew. */
const version = 8;
const memoryEntries = 500;

export interface Translations {
  /** As `translate`. The SQL front end is loaded only for a text that was never seen. */
  translate(sql: string, options?: TranslateOptions): Promise<Translation>;
}

/**
 * Translations kept in memory and, with a directory, on disk: loading the front end takes longer than many a query, and
 * one that is run every hour is translated once. A file that does not read as one is written anew; where the directory can't
 * be written, it does without.
 */
export function openTranslations(directory: string | undefined, effects: Effects): Translations {
  const memory = new Map<string, Translation>();
  const remember = (key: string, translation: Translation): Translation => {
    memory.delete(key);
    memory.set(key, translation);
    const oldest = memory.keys().next();
    if (memory.size > memoryEntries && oldest.done !== true) memory.delete(oldest.value);
    return translation;
  };
  return {
    translate: async (sql, options = { from: 'athena', to: 'duckdb' }) => {
      const key = createHash('sha256')
        .update(JSON.stringify([version, options, sql]))
        .digest('hex')
        .slice(0, 40);
      const known = memory.get(key);
      if (known !== undefined) return remember(key, known);
      const file = directory === undefined ? undefined : join(directory, `${key}.json`);
      const stored = file === undefined ? undefined : await readStored(file, effects);
      if (stored !== undefined) return remember(key, stored);
      const { translate } = await import('./translate.ts');
      const translation = await translate(sql, options);
      if (file !== undefined && directory !== undefined) await store(directory, file, translation, effects);
      return remember(key, translation);
    },
  };
}

async function readStored(file: string, { fs }: Effects): Promise<Translation | undefined> {
  try {
    const parsed: unknown = JSON.parse(await fs.readFile(file, 'utf8'));
    // Written by `store` alone, under a name that is the hash of the version and the text.
    return isTranslation(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isTranslation(value: unknown): value is Translation {
  return typeof value === 'object' && value !== null && 'sql' in value && 'tables' in value && 'macros' in value;
}

async function store(directory: string, file: string, translation: Translation, effects: Effects): Promise<void> {
  const partial = `${file}.${effects.random.uint32()}`;
  try {
    await effects.fs.mkdir(directory, { recursive: true });
    await effects.fs.writeFile(partial, JSON.stringify(translation));
    await effects.fs.rename(partial, file);
  } catch (error) {
    effects.log.log('debug', 'a translation could not be kept', { file, error: String(error) });
  }
}
