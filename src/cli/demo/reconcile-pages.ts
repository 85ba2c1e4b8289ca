import { formatCount } from '../../base/units.ts';
import type { Queries } from '../../query/queries.ts';
import type { RestAccount } from '../../source/rest/account.ts';
import type { RestSource } from '../../source/rest/definition.ts';
import type { Context } from '../context.ts';

/** Counts the pages of a source's tables and the records on them by SQL, apart from every commit. False where they differ. */
export async function reconcilePages(
  account: RestAccount,
  { endpoints }: RestSource,
  queries: Queries,
  context: Context,
): Promise<boolean> {
  let good = true;
  const { green, red } = context.output.style;
  for (const [table, parts] of Map.groupBy(account.endpoints, (each) => each.table)) {
    const [list = ''] = parts.flatMap(({ endpoint }) => endpoints[endpoint]?.records ?? []);
    const sum = (of: 'pages' | 'records'): number => parts.reduce((total, each) => total + each[of], 0);
    const sql = `SELECT count(*), sum(cardinality("${list}")) FROM ${table}`;
    const { pages } = await queries.run(sql, { signal: context.signal });
    let found: readonly unknown[] = [];
    for await (const [row = []] of pages) found = row;
    const [rows, records] = [Number(found[0] ?? 0), Number(found[1] ?? 0)];
    const agrees = rows === sum('pages') && records === sum('records');
    good &&= agrees;
    if (context.json) continue;
    const mark = agrees ? green('✓') : red('✗');
    await context.output.out(
      `  ${mark} by SQL: ${formatCount(rows)} rows in ${table}, with ${formatCount(records)} records\n`,
    );
  }
  return good;
}
