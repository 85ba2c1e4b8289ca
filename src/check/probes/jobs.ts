import { counted, formatCount, formatDuration, minutes } from '../../base/units.ts';
import type { TableDefinition } from '../../catalog/definition.ts';
import { type CommitSeries, openSeries } from '../../commit/series.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { type Addressed, addressed } from '../../pipeline/graph/address.ts';
import { boundJob } from '../../pipeline/run/run-job.ts';
import type { CheckOutcome } from '../../quality/outcome.ts';
import { quarantineTableName } from '../../table/quarantine-table.ts';
import type { JobCommit, JobPlan } from '../../transform/job-plan.ts';
import { type Found, faulty, type Link, type Probe, type Warning, waiting, well } from '../link.ts';
import { ranText, tellingRun } from './telling-run.ts';
import { unreadInput } from './unread-input.ts';

/** Longer than a job waits that runs by the hour and takes its time. */
const lateMs = minutes(90);

/** Have jobs run, did their last run succeed, and how far behind their input are they? */
export const probeJobs: Probe = async (engine, pipeline) => {
  const links: Link[] = [];
  for (const entry of addressed([pipeline], 'job'))
    links.push({ kind: 'job', address: entry.address, ...(await look(engine, entry)) });
  return links;
};

async function look(engine: Engine, entry: Addressed<'job'>): Promise<Found> {
  const { address } = entry;
  const nowMs = engine.effects.clock.now();
  const telling = await tellingRun(engine, address);
  if (telling.fault !== undefined) return telling.fault;
  const job = await boundJob(engine, entry);
  const commits = openSeries<JobPlan, JobCommit>(await engine.lake(), address, engine.effects);
  const { last, next } = await commits.head();
  const { behind, oldestMs } = await unreadInput(engine, job.input.series, last?.positions ?? {});
  const remedy = `playhead run ${address}`;
  const ran = ranText(telling, nowMs);
  if (last === undefined && !telling.isAtWork) {
    if (behind > 0) return faulty(`never ran; its input has ${counted(behind, 'commit')}`, remedy);
    return waiting('its input is empty');
  }
  const reading =
    behind === 0 ? 'up to date with its input' : `not read yet of its input: ${counted(behind, 'commit')}`;
  const waitedMs = nowMs - oldestMs;
  const late = !telling.isAtWork && waitedMs > lateMs;
  return well(ran === undefined ? reading : `${reading}; ${ran}`, [
    ...telling.warnings,
    ...(late ? [{ finding: `its input waits for ${formatDuration(waitedMs)}`, remedy }] : []),
    ...(await quarantineWarning(engine, address, job.target)),
    ...checkWarnings(address, (await lastJudged(commits, next))?.checks ?? []),
  ]);
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
