import { formatCount } from '../../base/units.ts';
import type { PathFigures } from '../../ledger/account.ts';
import { resolveAddress } from '../../pipeline/graph/address.ts';
import { curatedNames } from '../../pipeline/graph/curated-names.ts';
import type { Queries } from '../../query/queries.ts';
import { timeField } from '../../transform/definition.ts';
import type { Demo } from './flow.ts';

/** Of one table, by SQL. `elsewhere`: rows that lie in a partition of another hour than the one in which they took place. */
interface Counts {
  readonly rows: number;
  readonly elsewhere: number;
}

/**
 * Counts landing and curated rows by SQL, apart from every account, and holds the difference against what the jobs say
 * became of the rest. What landed late lies in the hour of its arrival there, and must lie in its own in the curated
 * table. False where a row is not explained.
 */
export async function reconcile(demo: Demo, queries: Queries, paths: readonly PathFigures[]): Promise<boolean> {
  let good = true;
  for (const [landing, curated] of curatedNames(demo.engine.pipelines, demo.pipeline.pipeline.name)) {
    const [before, after] = [await countsOf(demo, queries, landing), await countsOf(demo, queries, curated)];
    const jobs = paths.filter(({ table }) => table === curated).flatMap((path) => path.jobs);
    const sum = (of: 'deduplicated' | 'replaced' | 'quarantined' | 'superseded'): number =>
      jobs.reduce((total, job) => total + job[of], 0);
    const [doubled, quarantined] = [sum('deduplicated') + sum('replaced'), sum('quarantined') + sum('superseded')];
    const explained = before.rows - after.rows === doubled + quarantined;
    const placed = after.elsewhere === 0;
    good &&= explained && placed;
    if (demo.context.json) continue;
    const { output } = demo.context;
    const { green, red } = output.style;
    const mark = (holds: boolean): string => (holds ? green('✓') : red('✗'));
    const lines = [
      `  ${mark(explained)} by SQL: ${formatCount(before.rows)} rows in ${landing},`,
      `    ${formatCount(after.rows)} in ${curated}:`,
      `    ${formatCount(doubled)} came twice, ${formatCount(quarantined)} are in quarantine`,
    ];
    if (before.elsewhere > 0 || !placed) {
      const where = placed
        ? 'each is curated in its own'
        : `${formatCount(after.elsewhere)} rows are curated elsewhere`;
      lines.push(
        `  ${mark(placed)} by SQL: ${formatCount(before.elsewhere)} rows landed in a later hour than they took place;`,
        `    ${where}`,
      );
    }
    await output.out(`${lines.join('\n')}\n`);
  }
  return good;
}

async function countsOf(demo: Demo, queries: Queries, table: string): Promise<Counts> {
  const [time] = demo.pipeline.jobs.flatMap(({ definition }) => timeField(definition) ?? []);
  const elsewhere = time === undefined || !hasHours(demo) ? '0' : `count_if(hour(${instantOf(time)}) <> hour)`;
  const { pages } = await queries.run(`SELECT count(*), ${elsewhere} FROM ${table}`, { signal: demo.context.signal });
  for await (const [row] of pages) return { rows: Number(row?.[0] ?? 0), elsewhere: Number(row?.[1] ?? 0) };
  return { rows: 0, elsewhere: 0 };
}

/** A row whose time is none is in no hour; it is quarantined for that. */
function instantOf(field: string): string {
  return `TRY(from_iso8601_timestamp("${field.replaceAll('"', '""')}"))`;
}

/** Both sides have partitions by hour, and the time is ISO text. */
function hasHours({ engine, pipeline }: Demo): boolean {
  return pipeline.jobs.every(({ definition }) =>
    [definition.from, definition.into].every((address) => {
      const { partitions, record } = resolveAddress(
        engine.pipelines,
        address,
        ['table'],
        pipeline.pipeline.name,
      ).definition;
      const field = record.fields[timeField(definition) ?? ''];
      return 'hour' in partitions && field?.type === 'string' && field.format === 'iso-timestamp';
    }),
  );
}
