import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Effects, manualClock, systemEffects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { seededRandom, systemRandom } from '../base/random.ts';
import { pathFigures } from '../check/path-figures.ts';
import type { DeliverySummary } from '../delivery/delivery.ts';
import { type Account, accountOf, noDelivery } from '../ledger/account.ts';
import type { RunKind } from '../orchestrate/runs.ts';
import { applyDefinitions } from '../pipeline/apply/apply.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import { type Engine, openEngine } from '../pipeline/engine/bind.ts';
import { homeAt } from '../pipeline/engine/home.ts';
import { embeddedProfile, type Profile } from '../pipeline/engine/profile.ts';
import { queriesOf } from '../pipeline/engine/queries.ts';
import { addressed, resolveAddress } from '../pipeline/graph/address.ts';
import { type EngineRunner, engineRunner } from '../pipeline/run/handlers.ts';
import { scheduledTargets } from '../pipeline/run/scheduled.ts';
import { assertConditions } from '../pipeline/validate/conditions.ts';
import { runKinds } from '../pipeline/validate/references.ts';
import { assertValid } from '../pipeline/validate/validate.ts';
import type { Queries } from '../query/queries.ts';
import { assertAccounts, assertFigures, assertSameRows, type Row } from './assertions.ts';
import { type FailingStore, failingStore } from './failing-store.ts';
import { produceRecords } from './produce-records.ts';
import { quarantinedRecords } from './quarantined.ts';
import { rowsOf, sqlOf } from './table-rows.ts';
import { testClock } from './test-clock.ts';
import type { TestPipeline, TestPipelineSettings } from './test-pipeline.ts';

/** A test runner has a process for each core already: threads of a query that wait for each other would take theirs. */
const ofOneThread: Profile = { ...embeddedProfile, engine: { backend: 'duckdb', threads: 1 } };

/**
 * Opens pipelines in an empty home under the machine's temporary directory: embedded, in this process, at a time that
 * only the test moves. Nothing is shared between two of them. PH_CONFIG_INVALID for a definition that
 * `playhead plan` would refuse.
 */
export async function openTestPipeline(
  definition: PipelineDefinition | readonly PipelineDefinition[],
  settings: TestPipelineSettings,
): Promise<TestPipeline> {
  const pipelines = 'name' in definition ? [definition] : definition;
  assertValid(pipelines);
  const clock = manualClock(startOf(settings.now));
  const home = join(tmpdir(), `playhead-test-${systemRandom().uint32().toString(16)}-${process.pid}`);
  const effects = systemEffects({ clock, random: seededRandom(1), env: {} });
  await assertConditions(pipelines, new Map(), homeAt(home).cache, effects);
  await effects.fs.mkdir(home, { mode: 0o700 });
  const opened = openEngine({ pipelines, profile: ofOneThread, home }, effects);
  try {
    const lake = failingStore(await opened.lake());
    const engine: Engine = { ...opened, lake: async () => lake.store };
    await applyDefinitions(engine);
    const { signal } = new AbortController();
    const tools: Tools = { engine, lake, run: await engineRunner(engine), queries: await queriesOf(engine), signal };
    return testPipeline(tools, clock, chosenSchedules(pipelines, settings), effects);
  } catch (error) {
    await opened.close();
    await effects.fs.rm(home, { recursive: true, force: true });
    throw error;
  }
}

interface Tools {
  readonly engine: Engine;
  readonly lake: FailingStore;
  readonly run: EngineRunner;
  readonly queries: Queries;
  /** Never aborts: a run of a test ends by itself. */
  readonly signal: AbortSignal;
}

function testPipeline(
  tools: Tools,
  clock: ReturnType<typeof manualClock>,
  scheduled: ReturnType<typeof scheduledTargets>,
  effects: Effects,
): TestPipeline {
  const { engine, lake, queries, signal } = tools;
  const { pipelines } = engine;
  const run = (address: string, kind: RunKind, trigger: string, input: Readonly<Record<string, unknown>>) =>
    tools.run({ address, kind, trigger, arguments: input }, signal);
  const rows = async (tableOrSql: string): Promise<readonly Row[]> => rowsOf(queries, sqlOf(tableOrSql, pipelines));
  const ledger = async (): Promise<readonly Account[]> => {
    const accounts: Account[] = [];
    for (const pipeline of pipelines) accounts.push(...(await pathFigures(engine, pipeline)).map(accountOf));
    return accounts;
  };
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await queries.close();
    await engine.close();
    await effects.fs.rm(engine.home.root, { recursive: true, force: true });
  };
  return {
    home: engine.home.root,
    clock: testClock(clock, scheduled, ({ target, kind, address, arguments: input }) =>
      run(target, kind, address, input),
    ),
    produce: (stream, records, options = {}) => produceRecords(engine, stream, records, options),
    deliver: async (delivery) => {
      const chosen =
        delivery === undefined ? addressed(pipelines, 'delivery') : [resolveAddress(pipelines, delivery, ['delivery'])];
      const summaries: Record<string, DeliverySummary> = {};
      for (const { address, kind } of chosen)
        summaries[address] = await tools.run({ address, kind, trigger: 'test', arguments: {} }, signal);
      return summaries;
    },
    run: async (address, input = {}) => {
      const target = resolveAddress(pipelines, address, runKinds);
      return run(target.address, target.kind, 'test', input);
    },
    rows,
    assertRows: async (tableOrSql, expected) =>
      assertSameRows(tableOrSql, await rows(tableOrSql), expected, /\border\s+by\b/i.test(tableOrSql)),
    quarantined: (job) => quarantinedRecords(engine, resolveAddress(pipelines, job, ['job']).address),
    ledger,
    assertAddsUp: async (expected) => {
      const accounts = await ledger();
      assertAccounts(accounts);
      if (expected !== undefined) assertFigures(onlyOne(accounts), expected);
    },
    failPuts: (fault = {}) => lake.failPuts(fault),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function startOf(now: string | number): number {
  const startMs = typeof now === 'number' ? now : Date.parse(now);
  if (Number.isFinite(startMs)) return startMs;
  throw new PlayheadError('PH_USAGE', `now: ${now} is no time`, { hint: 'Write 2025-08-11T00:00:00Z.' });
}

function chosenSchedules(
  pipelines: readonly PipelineDefinition[],
  { schedules }: TestPipelineSettings,
): ReturnType<typeof scheduledTargets> {
  const all = scheduledTargets(pipelines);
  if (schedules === undefined) return all;
  const chosen = schedules.map((name) => resolveAddress(pipelines, name, ['schedule']).address);
  return all.filter(({ address }) => chosen.includes(address));
}

function onlyOne(accounts: readonly Account[]): Account {
  // What a stream holds that nothing delivers is no figure of a path.
  const delivered = accounts.filter(({ table }) => table !== noDelivery);
  const ofPaths = delivered.length === 0 ? accounts : delivered;
  const [only] = ofPaths;
  if (ofPaths.length === 1 && only !== undefined) return only;
  const paths = ofPaths.map(({ stream, table }) => `${stream} → ${table}`).join(', ');
  throw new PlayheadError('PH_USAGE', `expected figures are of one path, and there are ${ofPaths.length}: ${paths}`, {
    hint: 'Compare those of `ledger()`.',
  });
}
