import { testEffects } from '../../../src/base/effects.ts';
import { isPlayheadError } from '../../../src/base/errors.ts';
import type { Catalog } from '../../../src/catalog/catalog.ts';
import { openSqliteCatalog } from '../../../src/catalog/sqlite.ts';

/** One of several processes on the same file: registers 25 commits of a series of its own, and changes the table once. */
const [file = '', writer = ''] = process.argv.slice(2);
const catalog = await openSqliteCatalog(file, testEffects());
await catalog.createDatabase('media', { ifNotExists: true });
await changeTable(catalog);
for (let number = 0; number < 25; number += 1) {
  const partition = [String(number % 3)];
  await catalog.registerCommit('media', 'plays', {
    series: `lane-${writer}`,
    number,
    replaces: [],
    objects: [
      {
        key: `plays/day=${partition[0]}/${writer}-${number}`,
        etag: 'e',
        rows: 1,
        sizeBytes: 1,
        partition,
        series: `lane-${writer}`,
        commit: number,
      },
    ],
  });
}
await catalog.close();

async function changeTable(shared: Catalog): Promise<void> {
  for (;;) {
    const table = await shared.table('media', 'plays');
    const next = {
      database: 'media',
      name: 'plays',
      columns: [{ name: 'id', type: 'string' }],
      partitionKeys: [{ name: 'day', type: 'int' }],
      location: 'plays/',
      format: 'json' as const,
      parameters: { ...table?.parameters },
    };
    try {
      if (table === undefined) await shared.putTable(next, 0);
      else
        return void (await shared.putTable(
          { ...next, parameters: { ...next.parameters, [writer]: 'was here' } },
          table.version,
        ));
    } catch (error) {
      if (!isPlayheadError(error, 'PH_CATALOG_CONFLICT') && !isPlayheadError(error, 'PH_TABLE_EXISTS')) throw error;
    }
  }
}
