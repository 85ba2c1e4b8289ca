import { join } from 'node:path';
import { openSqliteCatalog } from '../../catalog/sqlite.ts';
import { openReadOnlyFileStore } from '../../lake/file-read-only.ts';
import { addressed } from '../../pipeline/graph/address.ts';
import { contributorsOf, quarantineContributorsOf } from '../../pipeline/graph/writers.ts';
import { registerCommits } from '../../table/contribution.ts';
import { recordDatabase } from './copy-state.ts';
import type { Exporting } from './exporting.ts';

const catalogName = 'catalog.sqlite';

/**
 * Has the copied catalog know exactly what the copied commits say: it was copied before them. Then who restores needs neither
 * the definitions nor the key for it.
 */
export async function registerCopied(exporting: Exporting, round: number): Promise<void> {
  const { engine, folder, files } = exporting;
  const { pipelines, effects } = engine;
  if (!files.isSettled(catalogName, round)) return;
  const { ring } = await engine.keys();
  const sealing = ring && { ring, spool: { folder: () => engine.scratch(), limitBytes: Number.POSITIVE_INFINITY } };
  const lake = await openReadOnlyFileStore(join(folder, 'lake'), effects, { sealing });
  const catalog = await openSqliteCatalog(join(folder, catalogName), effects, 'write');
  try {
    for (const { address, definition } of addressed(pipelines, 'table'))
      for (const contributor of [
        ...(await contributorsOf(pipelines, address, definition, lake)),
        ...(await quarantineContributorsOf(pipelines, address, definition, lake)),
      ])
        if ((await catalog.table(contributor.database, contributor.table)) !== undefined)
          await registerCommits(catalog, lake, contributor, effects);
  } finally {
    await catalog.close();
    await lake.close();
  }
  await recordDatabase(exporting, catalogName, round);
}
