import { parquetRows } from '../../duck/file-rows.ts';
import type { Row } from '../../insight/report/figure.ts';
import type { Block, Part } from '../../insight/report/view.ts';
import { addressed } from '../../pipeline/graph/address.ts';
import { sumOutcomes } from '../../quality/outcome.ts';
import { versionFile } from '../../table/retained.ts';
import type { NamedObject } from '../../transform/job-plan.ts';
import { jobDay } from './job-day.ts';
import type { ReportScope } from './scope.ts';

/** What became of the rows that the pipeline's jobs read for the day, which checks were broken, and what was set aside. */
export async function qualityPart(scope: ReportScope): Promise<Part> {
  const jobs: Row[] = [];
  const checks: Row[] = [];
  const reasons = new Map<string, number>();
  for (const job of addressed([scope.pipeline], 'job')) {
    const { counts, undated, checks: judged, quarantine } = await jobDay(scope, job);
    jobs.push({ job: job.name, ...counts });
    if (Object.values(undated).some((rows) => rows !== 0)) jobs.push({ job: `${job.name}, of no day`, ...undated });
    for (const { check, severity, verdict, broken, found = '' } of sumOutcomes(judged))
      checks.push({ job: job.name, check, severity, verdict, broken, found });
    for (const [reason, rows] of await quarantineReasons(scope, quarantine))
      reasons.set(reason, (reasons.get(reason) ?? 0) + rows);
  }
  const set = [...reasons].sort(([, a], [, b]) => b - a).map(([reason, rows]) => ({ reason, rows }));
  return {
    title: 'Data quality',
    text: 'Of every row that a job read it is known what became of it: read = written + quarantined + deduplicated.',
    blocks: [
      jobsBlock(jobs),
      checksBlock(checks.toSorted((a, b) => verdictRank(a) - verdictRank(b))),
      reasonsBlock(set),
    ].filter(({ rows, view }) => rows.length > 0 || view.panel === 'bars'),
  };
}

/** By the reason that stands in the quarantined rows. One commit may hold rows of several days: it counts whole. */
async function quarantineReasons(
  { engine }: ReportScope,
  objects: readonly NamedObject[],
): Promise<readonly (readonly [string, number])[]> {
  const lake = await engine.lake();
  const files: string[] = [];
  const reasons = new Map<string, number>();
  for (const object of objects) {
    // A replay took out of it all that it held.
    if (object.rows === 0) continue;
    if ((await lake.head(object.key)) !== undefined) files.push(await versionFile(lake, object));
    else reasons.set('no longer kept', (reasons.get('no longer kept') ?? 0) + object.rows);
  }
  if (files.length === 0) return [...reasons];
  await using session = await (await engine.duck()).connect();
  const { rows } = await session.all(`SELECT reason, CAST(count(*) AS DOUBLE) FROM ${parquetRows(files)} GROUP BY 1`);
  for (const [reason, count] of rows) reasons.set(String(reason), Number(count));
  return [...reasons];
}

function jobsBlock(rows: readonly Row[]): Block {
  const columns = {
    job: { label: 'job' },
    read: { label: 'rows read' },
    written: { label: 'written' },
    quarantined: { label: 'quarantined' },
    deduplicated: { label: 'duplicates left out' },
  };
  const note =
    'Rows of this day alone. "Of no day": rows of all runs that were set aside before their day could be told.';
  return { view: { panel: 'table', title: 'Jobs', note, columns }, rows };
}

/** What a reader must see comes first. */
function verdictRank({ verdict }: Row): number {
  return ['broken', 'unknown', 'passed'].indexOf(String(verdict));
}

function checksBlock(rows: readonly Row[]): Block {
  const columns = {
    job: { label: 'job' },
    check: { label: 'check' },
    severity: { label: 'severity' },
    verdict: { label: 'verdict' },
    found: { label: 'found' },
    broken: { label: 'broken by' },
  };
  return { view: { panel: 'table', title: 'Checks', note: 'Of the runs that wrote the day.', columns }, rows };
}

function reasonsBlock(rows: readonly Row[]): Block {
  const note = 'Of the runs that wrote the day. `key_conflict`: the key of another record, with another payload.';
  return {
    view: {
      panel: 'bars',
      title: 'Quarantined rows by reason',
      note: note.replaceAll('`', ''),
      category: 'reason',
      value: 'rows',
    },
    rows,
    empty: 'No row was quarantined.',
  };
}
