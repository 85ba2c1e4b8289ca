import { formatCount } from '../../base/units.ts';
import type { PathFigures } from '../../ledger/account.ts';
import type { Queries } from '../../query/queries.ts';
import type { Demo } from './flow.ts';
import { curatedNames } from './queries.ts';

/**
 * Counts landing and curated rows by SQL, apart from every account, and holds the difference against what the jobs say
 * became of the rest. False where it is not explained to the last row.
 */
export async function reconcile(demo: Demo, queries: Queries, paths: readonly PathFigures[]): Promise<boolean> {
  const { json, output } = demo.context;
  const { green, red } = output.style;
  let good = true;
  for (const [landing, curated] of curatedNames(demo)) {
    const [before, after] = [await rowsOf(demo, queries, landing), await rowsOf(demo, queries, curated)];
    const jobs = paths.filter(({ table }) => table === curated).flatMap((path) => path.jobs);
    const sum = (of: 'deduplicated' | 'quarantined' | 'superseded'): number =>
      jobs.reduce((total, job) => total + job[of], 0);
    const [doubled, quarantined] = [sum('deduplicated'), sum('quarantined') + sum('superseded')];
    const explained = before - after === doubled + quarantined;
    good &&= explained;
    if (json) continue;
    const difference = `${formatCount(doubled)} that came twice, ${formatCount(quarantined)} in quarantine`;
    await output.out(
      `  ${explained ? green('✓') : red('✗')} ${landing} has ${formatCount(before)} rows, ${curated} ${formatCount(after)}: ` +
        `the difference is ${difference}\n`,
    );
  }
  return good;
}

async function rowsOf({ context }: Demo, queries: Queries, table: string): Promise<number> {
  const { pages } = await queries.run(`SELECT count(*) FROM ${table}`, { signal: context.signal });
  for await (const [row] of pages) return Number(row?.[0] ?? 0);
  return 0;
}
