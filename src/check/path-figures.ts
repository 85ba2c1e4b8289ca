import { type CommitSeries, openSeries } from '../commit/series.ts';
import { deliverySeriesNames } from '../delivery/contributors.ts';
import type { AccountLine, DeliveryCommit, DeliveryPlan } from '../delivery/plan.ts';
import { deliveryState } from '../delivery/state.ts';
import type { DeliveryFigures, PathFigures, StreamFigures } from '../ledger/account.ts';
import { type Addressed, addressed, resolveAddress } from '../pipeline/address.ts';
import type { Engine } from '../pipeline/bind.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import { deliverySubject } from '../pipeline/subject.ts';
import { registeredRows, tableName } from '../pipeline/table-facts.ts';
import type { PartitionState } from '../stream/stream.ts';
import { jobAccount } from '../transform/account.ts';

/** The figures of every path of a pipeline, from a stream through a delivery and its one-to-one jobs to the last table. */
export async function pathFigures(engine: Engine, pipeline: PipelineDefinition): Promise<readonly PathFigures[]> {
  const paths: PathFigures[] = [];
  for (const entry of addressed([pipeline], 'delivery')) {
    const subject = deliverySubject(engine.pipelines, entry);
    const topic = await (await engine.stream()).describe(subject.stream.topic);
    const commits = await committed(engine, entry, topic?.id);
    const ports = { stream: await engine.stream(), lake: await engine.lake() };
    const { pendingRecords } = await deliveryState(subject, ports, engine.effects);
    const table = entry.definition.table;
    const landing = table === undefined ? undefined : resolveAddress(engine.pipelines, table, ['table'], pipeline.name);
    const delivery: DeliveryFigures = {
      ...commits.figures,
      pending: pendingRecords,
      ...(landing === undefined ? {} : { tableRows: await registeredRows(engine, landing) }),
    };
    const start = {
      stream: resolveAddress(engine.pipelines, entry.definition.from, ['stream'], pipeline.name).address,
      streamFigures: streamFigures(topic?.state ?? [], commits),
      delivery,
    };
    for (const jobs of jobChains(engine, landing)) {
      const last = jobs.at(-1);
      const terminal =
        last === undefined ? landing : resolveAddress(engine.pipelines, last.definition.into, ['table'], last.pipeline);
      paths.push({
        ...start,
        table: terminal === undefined ? `the lake, under ${entry.definition.prefix}` : tableName(terminal),
        jobs: await Promise.all(jobs.map((job) => jobFigures(engine, job))),
      });
    }
  }
  return paths;
}

interface Committed {
  readonly figures: Omit<DeliveryFigures, 'pending' | 'tableRows'>;
  /** Of the present log. */
  readonly lines: readonly AccountLine[];
  /** Records of logs that stood where the present one does and are gone. */
  readonly ofFormerLogs: number;
}

/** Sums over the commits of all epochs and lanes. */
async function committed(
  engine: Engine,
  { address }: Addressed<'delivery'>,
  topicId: string | undefined,
): Promise<Committed> {
  const lake = await engine.lake();
  const lines: AccountLine[] = [];
  const former: AccountLine[] = [];
  let lost = 0;
  for (const name of await deliverySeriesNames(lake, address)) {
    const opened: CommitSeries<DeliveryPlan, DeliveryCommit> = openSeries(lake, name, engine.effects);
    for await (const { commit } of opened.commits(0)) {
      const ofPresent = (commit.topicId ?? topicId) === topicId;
      if (commit.kind === 'flushes') (ofPresent ? lines : former).push(...commit.account);
      if (commit.kind === 'loss')
        for (const [, from, until] of commit.lost) lost += Number(BigInt(until) - BigInt(from));
    }
  }
  const all = [...lines, ...former];
  const sum = (of: 'logged' | 'delivered' | 'errored'): number => all.reduce((total, line) => total + line[of], 0);
  const figures = { logged: sum('logged'), delivered: sum('delivered'), errored: sum('errored'), lost };
  return { figures, lines, ofFormerLogs: former.reduce((total, { logged }) => total + logged, 0) };
}

/**
 * What the log holds, and, by the commits, what it held below its present start. A commit that the start cuts in two
 * counts below it what the log does not hold of it any more: exact on a log whose positions have no gaps.
 */
function streamFigures(
  partitions: readonly PartitionState[],
  { lines, figures, ofFormerLogs }: Committed,
): StreamFigures {
  const held = partitions.reduce((sum, { count }) => sum + count, 0);
  const starts = new Map(partitions.map(({ partition, start }) => [partition, start]));
  const ranges = Map.groupBy(lines, ({ partition, from, until }) => `${partition} ${from} ${until}`);
  let trimmed = figures.lost + ofFormerLogs;
  for (const range of ranges.values()) {
    const [first] = range;
    if (first === undefined) continue;
    const start = starts.get(first.partition) ?? 0n;
    if (BigInt(first.from) >= start) continue;
    const logged = range.reduce((sum, line) => sum + line.logged, 0);
    const stillHeld = BigInt(first.until) > start ? Number(BigInt(first.until) - start) : 0;
    trimmed += logged - stillHeld;
  }
  return { held, trimmed };
}

/** Chains of one-to-one jobs that begin at a table; the empty chain where there is none. */
function jobChains(engine: Engine, table: Addressed<'table'> | undefined): readonly (readonly Addressed<'job'>[])[] {
  if (table === undefined) return [[]];
  const next = addressed(engine.pipelines, 'job').filter(({ definition, pipeline }) => {
    return resolveAddress(engine.pipelines, definition.from, ['table'], pipeline).address === table.address;
  });
  if (next.length === 0) return [[]];
  return next.flatMap((job) => {
    const into = resolveAddress(engine.pipelines, job.definition.into, ['table'], job.pipeline);
    return jobChains(engine, into).map((rest) => [job, ...rest]);
  });
}

async function jobFigures(engine: Engine, job: Addressed<'job'>): Promise<PathFigures['jobs'][number]> {
  const figures = { read: 0, written: 0, quarantined: 0, deduplicated: 0, superseded: 0 };
  for await (const { total } of jobAccount(await engine.lake(), job.address, engine.effects)) {
    for (const name of Object.keys(figures) as (keyof typeof figures)[]) figures[name] += total[name];
  }
  const into = resolveAddress(engine.pipelines, job.definition.into, ['table'], job.pipeline);
  return { address: job.address, ...figures, tableRows: await registeredRows(engine, into) };
}
