import { join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import { sideBySide } from '../../delivery/side-by-side.ts';
import { addressed } from '../../pipeline/graph/address.ts';
import { contentOf, keepContent } from './content.ts';
import { feedOf, partCount, type StreamDataset } from './dataset.ts';
import { type FlowSettings, openFlow } from './flow.ts';
import { readingProblems, violations } from './invariants.ts';
import { makeDataset } from './make-dataset.ts';
import type { Work } from './named-steps.ts';
import type { ChaosReport, RoundReport } from './report.ts';
import { copyHome, dropBucketLake } from './round-home.ts';
import { planRound, type Start } from './round-plan.ts';
import { type Ground, runRound } from './run-round.ts';
import type { ChildCommand } from './struck-child.ts';

export interface ChaosSettings extends FlowSettings {
  readonly seed: number;
  /** Numbers of the rounds. */
  readonly rounds: readonly number[];
  /** Records a round, about. */
  readonly events: number;
  /** NDJSON to take the records from. */
  readonly records?: string;
  /** Holds all homes; whoever gives it removes it. Those of rounds with violations stay in it. */
  readonly folder: string;
  /** Rounds that run side by side. */
  readonly workers: number;
  readonly child: Omit<ChildCommand, 'arguments'>;
  readonly signal: AbortSignal;
  readonly onRound?: (report: RoundReport) => void;
}

/** Runs rounds of faults on a pipeline. PH_DOES_NOT_ADD_UP where its flow does not even hold in peace. */
export async function runChaos(settings: ChaosSettings, effects: Effects): Promise<ChaosReport> {
  const { folder } = settings;
  const homes: Record<Start | 'control', string> = {
    empty: join(folder, 'empty'),
    reference: join(folder, 'reference'),
    half: join(folder, 'half'),
    control: join(folder, 'control'),
  };
  try {
    return await runRounds(settings, await prepare(settings, homes, effects), effects);
  } finally {
    for (const home of Object.values(homes)) await dropBucketLake(settings.profile, home, effects);
  }
}

async function runRounds(settings: ChaosSettings, ground: Ground, effects: Effects): Promise<ChaosReport> {
  const { pipeline, seed, folder, signal } = settings;
  const has = worksOf(settings, ground.datasets);
  const reports: RoundReport[] = [];
  await sideBySide(settings.rounds, settings.workers, async (round) => {
    signal.throwIfAborted();
    const started = effects.clock.monotonicMs();
    const plan = planRound(seed, round, has);
    const home = join(folder, `round-${round}`);
    const { acts, violations: found } = await runRound(ground, plan, { seed, round, home }, effects);
    const failed = found.length > 0;
    if (!failed) {
      await dropBucketLake(settings.profile, home, effects);
      await effects.fs.rm(home, { recursive: true, force: true });
    }
    const elapsedMs = Math.round(effects.clock.monotonicMs() - started);
    const report = { round, start: plan.start, acts, violations: found, elapsedMs, ...(failed ? { kept: home } : {}) };
    reports.push(report);
    settings.onRound?.(report);
  });
  const failed = reports.filter(({ violations: found }) => found.length > 0).length;
  return {
    pipeline,
    seed,
    records: ground.datasets.reduce((sum, { lines }) => sum + lines.length, 0),
    rounds: reports.sort((a, b) => a.round - b.round),
    passed: reports.length - failed,
    failed,
  };
}

function worksOf({ pipelines, pipeline }: FlowSettings, datasets: readonly StreamDataset[]): ReadonlySet<Work> {
  const own = addressed(pipelines).filter((entry) => entry.pipeline === pipeline);
  const works = new Set<Work>(['deliver']);
  if (datasets.some((dataset) => feedOf(dataset) === 'produce')) works.add('produce');
  if (own.some(({ kind }) => kind === 'job')) works.add('job');
  if (own.some((entry) => entry.kind === 'source' && entry.definition.source === 'seed-table')) works.add('reference');
  if (datasets.some(({ source }) => source !== undefined)) works.add('simulate');
  return works;
}

/** Lays out the homes that rounds begin with, and finds out in peace what must come out. */
async function prepare(
  settings: ChaosSettings,
  homes: Record<Start | 'control', string>,
  effects: Effects,
): Promise<Ground> {
  const { folder, seed, events, records, child, profile } = settings;
  await effects.fs.mkdir(homes.empty, { recursive: true });
  const datasets = await inHome(settings, homes.reference, effects, async (flow) => {
    await flow.reference();
    const taken = records === undefined ? {} : { records };
    const truth = join(folder, 'truth');
    return makeDataset(flow.engine, { pipeline: settings.pipeline, seed, events, folder: truth, ...taken });
  });
  await copyHome(profile, homes.reference, homes.half, effects);
  const advance = async (home: string, parts: readonly number[]): Promise<void> =>
    inHome(settings, home, effects, async (flow) => {
      for (const part of parts) await flow.feed(datasets, part);
      await flow.deliver();
      await flow.jobs();
      await readingProblems(flow);
    });
  await advance(homes.half, [0]);
  await copyHome(profile, homes.half, homes.control, effects);
  await advance(
    homes.control,
    Array.from({ length: partCount - 1 }, (_, i) => i + 1),
  );
  const expected = await inHome(settings, homes.control, effects, async (flow) => {
    const problems = await violations(flow, { datasets });
    if (problems.length > 0)
      throw new PlayheadError('PH_DOES_NOT_ADD_UP', `${settings.pipeline} does not hold in peace`, {
        hint: problems.map(({ problem }) => problem).join('\n'),
        details: { problems },
      });
    await using session = await (await flow.engine.duck()).connect();
    return await keepContent(await contentOf(flow), folder, session);
  });
  return { settings, datasets, expected, homes, child };
}

async function inHome<T>(
  settings: FlowSettings,
  home: string,
  effects: Effects,
  work: (flow: Awaited<ReturnType<typeof openFlow>>) => Promise<T>,
): Promise<T> {
  const flow = await openFlow(settings, home, effects);
  try {
    return await work(flow);
  } finally {
    await flow.close();
  }
}
