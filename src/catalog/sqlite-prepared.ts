import type { Sqlite } from '../base/sqlite.ts';
import { nameKey } from './canonical.ts';
import type { Catalog } from './catalog.ts';

type Prepared = Pick<Catalog, 'prepared' | 'preparedNames' | 'putPrepared' | 'dropPrepared'>;

export function preparedStatements(sqlite: Sqlite): Prepared {
  return {
    prepared: async (workgroup, name) => {
      const row = sqlite.get('SELECT query FROM prepared WHERE workgroup = ? AND name = ?', workgroup, nameKey(name));
      return row === undefined ? undefined : String(row['query']);
    },
    preparedNames: async (workgroup) =>
      sqlite
        .all('SELECT name FROM prepared WHERE workgroup = ? ORDER BY name', workgroup)
        .map((row) => String(row['name'])),
    putPrepared: async (workgroup, name, sql) =>
      sqlite.write('durable', () => {
        sqlite.run('INSERT OR REPLACE INTO prepared VALUES (?, ?, ?)', workgroup, nameKey(name), sql);
      }),
    dropPrepared: async (workgroup, name) =>
      sqlite.write(
        'durable',
        () => sqlite.run('DELETE FROM prepared WHERE workgroup = ? AND name = ?', workgroup, nameKey(name)) > 0,
      ),
  };
}
