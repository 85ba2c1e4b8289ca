import { counted, formatCount, formatDuration, minutes } from '../../base/units.ts';
import type { TableDefinition } from '../../catalog/definition.ts';
import { type CommitSeries, openSeries } from '../../commit/series.ts';
import { type Addressed, addressed } from '../../pipeline/address.ts';
import type { Engine } from '../../pipeline/bind.ts';
import { boundJob } from '../../pipeline/run-job.ts';
import type { CheckOutcome } from '../../quality/outcome.ts';
import { quarantineTableName } from '../../table/quarantine-table.ts';
import type { JobCommit, JobPlan } from '../../transform/job-plan.ts';
import type { Link, Probe, Warning } from '../link.ts';

/** Longer than a job waits that runs by the hour and takes its time. */
const lateMs = minutes(90);

/** Have jobs run, did their last run succeed, and how far behind their input are they? */
export const probeJobs: Probe = async (engine, pipeline) => {
  const links: Link[] = [];
  for (const entry of addressed([pipeline], 'job')) links.push(await jobLink(engine, entry));
  return links;
};

async function jobLink(engine: Engine, entry: Addressed<'job'>): Promise<Link> {
  const { address } = entry;
  const link = { kind: 'job', address } as const;
  const [run] = (await engine.runs()).recent({ address, limit: 1 });
  if (run?.outcome === 'failed' || run?.outcome === 'lost') {
    const finding = `last run ${run.outcome}: ${run.error?.message ?? ''}`;
    return { ...link, ok: false, finding, remedy: `playhead logs ${address}` };
  }
  const lake = await engine.lake();
  const commits = openSeries<JobPlan, JobCommit>(lake, address, engine.effects);
  const { last, next } = await commits.head();
  if (last === undefined) return { ...link, ok: false, finding: 'never ran', remedy: `playhead run ${address}` };
  const job = await boundJob(engine, entry);
  let behind = 0;
  let oldestMs = engine.effects.clock.now();
  for (const { series } of job.input.series) {
    const input = openSeries<unknown, { readonly committedAtMs?: number }>(lake, series, engine.effects);
    const [read, { next }] = [last.positions[series] ?? 0, await input.head()];
    if (next <= read) continue;
    behind += next - read;
    oldestMs = Math.min(oldestMs, (await input.read(read))?.committedAtMs ?? oldestMs);
  }
  const finding =
    behind === 0 ? 'up to date with its input' : `not read yet of its input: ${counted(behind, 'commit')}`;
  const waitedMs = engine.effects.clock.now() - oldestMs;
  const warnings = [
    ...(waitedMs > lateMs
      ? [{ finding: `its input waits for ${formatDuration(waitedMs)}`, remedy: `playhead run ${address}` }]
      : []),
    ...(await quarantineWarning(engine, address, job.target)),
    ...checkWarnings(address, (await lastJudged(commits, next))?.checks ?? []),
  ];
  return { ...link, ok: true, finding, warnings };
}

async function quarantineWarning(engine: Engine, job: string, target: TableDefinition): Promise<readonly Warning[]> {
  const catalog = await engine.catalog();
  const name = quarantineTableName(target);
  if ((await catalog.table(target.database, name)) === undefined) return [];
  const rows = (await catalog.objects(target.database, name)).reduce((sum, object) => sum + object.rows, 0);
  if (rows === 0) return [];
  return [{ finding: `${counted(rows, 'record')} in quarantine`, remedy: `playhead quarantine list ${job}` }];
}

/** The last commit whose checks were asked of the table: a replay of which nothing became rows leaves the verdicts as they are. */
async function lastJudged(commits: CommitSeries<JobPlan, JobCommit>, next: number): Promise<JobCommit | undefined> {
  for (let n = next - 1; n >= 0; n -= 1) {
    const commit = await commits.read(n);
    if (commit?.replayed === undefined || commit.objects.length > 0) return commit;
  }
  return undefined;
}

/** What the last run's checks found that did not keep it from being published. */
function checkWarnings(job: string, outcomes: readonly CheckOutcome[]): readonly Warning[] {
  const remedy = `playhead logs ${job}`;
  const warnings: Warning[] = outcomes
    .filter(({ verdict, severity }) => verdict === 'broken' && severity === 'warn')
    .map(({ check, broken, found }) => ({ finding: `check ${check} broken: ${found ?? formatCount(broken)}`, remedy }));
  const unjudged = outcomes.filter(({ verdict }) => verdict === 'unknown').map(({ check }) => check);
  if (unjudged.length > 0)
    warnings.push({
      finding: `nothing to judge by for ${counted(unjudged.length, 'check')}: ${unjudged.join(', ')}`,
      remedy,
    });
  return warnings;
}
