import { openSeries } from '../../commit/series.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import type { Row } from '../../insight/report/figure.ts';
import type { Block, Part } from '../../insight/report/view.ts';
import { type Addressed, addressed, resolveAddress } from '../../pipeline/address.ts';
import { sumOutcomes } from '../../quality/outcome.ts';
import type { JobCommit, JobPlan } from '../../transform/job-plan.ts';
import type { ReportScope } from './scope.ts';
import { dayColumns, dayOf } from './table-days.ts';

/** What became of the rows that the pipeline's jobs read for the day, which checks were broken, and what was set aside. */
export async function qualityPart(scope: ReportScope): Promise<Part> {
  const jobs: Row[] = [];
  const checks: Row[] = [];
  const reasons = new Map<string, number>();
  for (const job of addressed([scope.pipeline], 'job')) {
    const commits = await commitsOfDay(scope, job);
    jobs.push(jobRow(scope, job, commits));
    const outcomes = sumOutcomes(commits.flatMap((commit) => commit.checks ?? []));
    for (const { check, severity, verdict, broken, found = '' } of outcomes)
      checks.push({ job: job.name, check, severity, verdict, broken, found });
    for (const [reason, rows] of await quarantineReasons(scope, commits))
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

/** The commits that wrote a partition of the day; all of them where partitions say no day. */
async function commitsOfDay({ engine, day }: ReportScope, job: Addressed<'job'>): Promise<readonly JobCommit[]> {
  const columns = targetDays(engine.pipelines, job);
  const found: JobCommit[] = [];
  const series = openSeries<JobPlan, JobCommit>(await engine.lake(), job.address, engine.effects);
  for await (const { commit } of series.commits(0)) {
    const touches =
      day === undefined ||
      columns === undefined ||
      commit.partitions.some(({ values }) => dayOf(values, columns) === day);
    if (touches) found.push(commit);
  }
  return found;
}

function targetDays(
  pipelines: ReportScope['engine']['pipelines'],
  job: Addressed<'job'>,
): ReturnType<typeof dayColumns> {
  return dayColumns(resolveAddress(pipelines, job.definition.into, ['table'], job.pipeline).definition);
}

function jobRow({ engine, day }: ReportScope, job: Addressed<'job'>, commits: readonly JobCommit[]): Row {
  const columns = targetDays(engine.pipelines, job);
  const sum = { read: 0, written: 0, quarantined: 0, deduplicated: 0 };
  for (const { partitions, total } of commits) {
    const counted =
      day === undefined || columns === undefined
        ? [total]
        : partitions.filter(({ values }) => dayOf(values, columns) === day);
    for (const each of counted) for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += each[name];
  }
  return { job: job.name, ...sum };
}

/** By the reason that stands in the quarantined rows. One commit may hold rows of several days: it counts whole. */
async function quarantineReasons(
  { engine }: ReportScope,
  commits: readonly JobCommit[],
): Promise<readonly (readonly [string, number])[]> {
  const lake = await engine.lake();
  const files: string[] = [];
  for (const { quarantine } of commits) {
    if (quarantine !== undefined) files.push(await lake.localFile(quarantine.key, quarantine.etag));
  }
  if (files.length === 0) return [];
  await using session = await (await engine.duck()).connect();
  const { rows } = await session.all(`SELECT reason, CAST(count(*) AS DOUBLE) FROM ${parquetRows(files)} GROUP BY 1`);
  return rows.map(([reason, count]) => [String(reason), Number(count)] as const);
}

function jobsBlock(rows: readonly Row[]): Block {
  const columns = {
    job: { label: 'job' },
    read: { label: 'rows read' },
    written: { label: 'written' },
    quarantined: { label: 'quarantined' },
    deduplicated: { label: 'duplicates left out' },
  };
  return { view: { panel: 'table', title: 'Jobs', note: 'Rows of this day alone.', columns }, rows };
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
