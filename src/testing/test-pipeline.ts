import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Effects, manualClock, systemEffects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { seededRandom, systemRandom } from '../base/random.ts';
import { pathFigures } from '../check/path-figures.ts';
import type { DeliverySummary } from '../delivery/delivery.ts';
import { type Account, accountOf } from '../ledger/account.ts';
import type { RunKind } from '../orchestrate/runs.ts';
import { addressed, resolveAddress } from '../pipeline/address.ts';
import { applyDefinitions } from '../pipeline/apply.ts';
import { type Engine, openEngine } from '../pipeline/bind.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import { type EngineRunner, engineRunner } from '../pipeline/handlers.ts';
import { embeddedProfile } from '../pipeline/profile.ts';
import { queriesOf } from '../pipeline/queries.ts';
import { runKinds } from '../pipeline/references.ts';
import { scheduledTargets } from '../pipeline/scheduled.ts';
import { tableName } from '../pipeline/table-facts.ts';
import { assertValid } from '../pipeline/validate.ts';
import type { Queries } from '../query/queries.ts';
import { type LineIssue, type ProduceReport, produceNdjson } from '../source/ndjson.ts';
import { assertAccounts, assertFigures, assertSameRows, type ExpectedFigures, type Row } from './assertions.ts';
import { type FailingStore, failingStore, type PutFault } from './failing-store.ts';
import { type QuarantinedRecord, quarantinedRecords } from './quarantined.ts';
import { type TestClock, testClock } from './test-clock.ts';

export interface TestPipelineSettings {
  /** Where the time begins: an ISO time, or milliseconds since 1970 UTC. */
  readonly now: string | number;
  /** Schedules that `clock.advance` runs, by name or address; default all. */
  readonly schedules?: readonly string[];
}

export interface ProduceOptions {
  /** The field that holds the time of arrival; without one, records arrive now. */
  readonly arrivalField?: string;
  /** Record n is sequence n of this source: sent again, nothing is appended. */
  readonly source?: string;
}

/** What was appended, and what was wrong with lines (they are appended all the same, unless they are `refused`). */
export interface Produced extends ProduceReport {
  readonly issues: readonly LineIssue[];
}

/** A pipeline in a home of its own, run by a test. Throws PlayheadError as the engine does, AssertionError where a test fails. */
export interface TestPipeline extends AsyncDisposable {
  /** The directory of its log, lake and state: to look into, or to damage. */
  readonly home: string;
  readonly clock: TestClock;
  /** Sends records into a stream: objects, or NDJSON as a producer may send it, broken lines and all. */
  produce(stream: string, records: readonly object[] | string, options?: ProduceOptions): Promise<Produced>;
  /** Delivers all that is in the streams, or what one delivery takes, by its address. */
  deliver(delivery?: string): Promise<Readonly<Record<string, DeliverySummary>>>;
  /** Runs a job, a source, a crawler or a delivery, and resolves with what it says at its end. */
  run(address: string, input?: Readonly<Record<string, unknown>>): Promise<object>;
  /** The rows of a table (its address, or `database.table`), or of a query in Athena's SQL. */
  rows(tableOrSql: string): Promise<readonly Row[]>;
  /** Fails unless the rows are these, by the columns named here; in this order only where the SQL orders them. */
  assertRows(tableOrSql: string, expected: readonly Row[]): Promise<void>;
  /** What a job has set aside so far. */
  quarantined(job: string): Promise<readonly QuarantinedRecord[]>;
  /** The account of every path from a stream to a table. */
  ledger(): Promise<readonly Account[]>;
  /** Fails unless every account adds up, and, of a pipeline of one path, has the expected figures. */
  assertAddsUp(expected?: ExpectedFigures): Promise<void>;
  /** Makes puts into the lake fail from now on, as a full or broken store would. */
  failPuts(fault?: PutFault): void;
  /** Removes the home. */
  close(): Promise<void>;
}

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
  await effects.fs.mkdir(home, { mode: 0o700 });
  const opened = openEngine({ pipelines, profile: embeddedProfile, home }, effects);
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
    produce: (stream, records, options = {}) => produce(engine, stream, records, options),
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

async function produce(
  engine: Engine,
  address: string,
  records: readonly object[] | string,
  options: ProduceOptions,
): Promise<Produced> {
  const { definition } = resolveAddress(engine.pipelines, address, ['stream']);
  const text = typeof records === 'string' ? records : records.map((record) => `${jsonLine(record)}\n`).join('');
  const issues: LineIssue[] = [];
  const report = await produceNdjson(
    bytesOf(text),
    await engine.stream(),
    { topic: definition.topic, ...(definition.key === undefined ? {} : { keyField: definition.key }), ...options },
    (issue) => issues.push(issue),
    engine.effects,
  );
  return { ...report, issues };
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** JSON with bigints as the numbers that they are. */
function jsonLine(record: object): string {
  return JSON.stringify(record, (_, value: unknown) =>
    // rawJSON is ES2026 (JSON.parse source text access); TypeScript's library does not declare it yet.
    typeof value === 'bigint' ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(value)) : value,
  );
}

/** A name without a space is a table. */
function sqlOf(tableOrSql: string, pipelines: readonly PipelineDefinition[]): string {
  if (/\s/.test(tableOrSql.trim())) return tableOrSql;
  const tables = addressed(pipelines, 'table');
  const named = tables.find((entry) => tableName(entry) === tableOrSql);
  return `SELECT * FROM ${tableName(named ?? resolveAddress(pipelines, tableOrSql, ['table']))}`;
}

async function rowsOf(queries: Queries, sql: string): Promise<readonly Row[]> {
  const { columns, pages } = await queries.run(sql);
  const rows: Row[] = [];
  for await (const page of pages)
    for (const values of page) rows.push(Object.fromEntries(columns.map(({ name }, i) => [name, values[i] ?? null])));
  return rows;
}

function onlyOne(accounts: readonly Account[]): Account {
  const [only] = accounts;
  if (accounts.length === 1 && only !== undefined) return only;
  const paths = accounts.map(({ stream, table }) => `${stream} → ${table}`).join(', ');
  throw new PlayheadError('PH_USAGE', `expected figures are of one path, and there are ${accounts.length}: ${paths}`, {
    hint: 'Compare those of `ledger()`.',
  });
}
