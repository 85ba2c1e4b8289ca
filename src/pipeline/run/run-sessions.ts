import { PlayheadError } from '../../base/errors.ts';
import type { RunContext, RunRequest } from '../../orchestrate/runner.ts';
import type { RunStore } from '../../orchestrate/runs.ts';
import { loadReferenceData } from '../../source/data-loader.ts';
import { openSessions } from '../../source/open-sessions.ts';
import {
  type ProduceRange,
  produceSessions,
  reportOfLogged,
  resumeRange,
  type SessionsReport,
} from '../../source/produce-sessions.ts';
import type { SessionSource } from '../../source/sessions/session-source.ts';
import { produceTestPayload } from '../../source/test-payload.ts';
import type { SqlValue } from '../../sql/engine.ts';
import type { Engine } from '../engine/bind.ts';
import { queriesOf } from '../engine/queries.ts';
import { boundSessions } from '../engine/sessions.ts';
import { type SessionArguments, sessionArguments, sessionOptions } from './session-arguments.ts';
import type { SourceOutput } from './source-output.ts';
import { openTruthFile } from './truth-file.ts';

/** Simulates a range of time into the source's stream; or, without one, from where the log ends up to now. */
export async function runSessions(
  engine: Engine,
  address: string,
  request: RunRequest,
  context: RunContext,
): Promise<SourceOutput> {
  const given = sessionArguments(request.arguments);
  if (given.test === true) return sendTestPayload(engine, address, given, context);
  const { bound, stream } = boundSessions(engine, address);
  const log = await engine.stream();
  const ports = { store: await engine.lake(), catalog: await engine.catalog(), duck: await engine.duck() };
  const options = sessionOptions(given);
  const asked = rangeOf(given);
  const truth =
    given.truth === undefined
      ? undefined
      : openTruthFile(given.truth, {
          source: address,
          seed: given.seed ?? bound.definition.seed,
          ...(asked ?? missingRange()),
          incidents: given.incidents ?? [],
        });
  const source = await openSessions(bound, ports, options, truth?.sink);
  const range = asked ?? (await resumeRange(source, log, stream.topic, engine.effects.clock.now()));
  // A truth file tells of each record: they are made again for it.
  const before = truth === undefined ? completedBefore(await engine.runs(), address, source, range) : undefined;
  const known = before === undefined ? undefined : await reportOfLogged(source, log, stream.topic, range, before);
  const report =
    known ??
    (await produceSessions(source, log, stream.topic, range, {
      signal: context.signal,
      onProgress: ({ records, untilMs }) =>
        context.progress({ records, share: (untilMs - range.fromMs) / (range.toMs - range.fromMs) }),
    }));
  await truth?.end();
  // The last appends are acknowledged after the last slot was reported.
  if (known === undefined) context.progress({ records: report.records, share: 1 });
  logReport(known === undefined ? 'simulated' : 'the log has all of it already', report, context);
  return { kind: 'sessions', ...report };
}

/** Runs that are looked through for an earlier one over the same range: a source every five minutes runs so often in a week. */
const rememberedRuns = 2016;

/**
 * How many records a run of this very simulation over this very range made when it came to its end. Undefined where
 * there is none since a run that did not: what a broken run left in a log may have holes.
 */
function completedBefore(
  runs: RunStore,
  address: string,
  { name }: SessionSource,
  range: ProduceRange,
): number | undefined {
  for (const { outcome, output } of runs.recent({ address, limit: rememberedRuns })) {
    if (outcome === 'running') continue;
    if (outcome !== 'succeeded') return undefined;
    const isSame = output?.['source'] === name && output['fromMs'] === range.fromMs && output['toMs'] === range.toMs;
    if (isSame && typeof output['records'] === 'number') return output['records'];
  }
  return undefined;
}

function logReport(message: string, report: SessionsReport, { log }: RunContext): void {
  const { source, fromMs, toMs, records, logged, resent } = report;
  log.log('info', message, {
    source,
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    records,
    logged,
    resent,
  });
}

function rangeOf({ from, to }: SessionArguments): ProduceRange | undefined {
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined || to === undefined) {
    throw new PlayheadError('PH_USAGE', 'a range of time has both ends: --from and --to');
  }
  return { fromMs: Date.parse(from), toMs: Date.parse(to) };
}

function missingRange(): never {
  throw new PlayheadError('PH_USAGE', 'a truth file tells of a range of time: give --from and --to');
}

/** The test payload: a few records with ids from the reference data that the loader chose, or had in its cache. */
async function sendTestPayload(
  engine: Engine,
  address: string,
  given: SessionArguments,
  { log, signal, progress }: RunContext,
): Promise<SourceOutput> {
  const { bound, stream } = boundSessions(engine, address);
  const queries = await queriesOf(engine);
  try {
    const loaded = await loadReferenceData(
      { ...bound, forceRefresh: given.forceRefresh ?? false },
      async (sql) => {
        const rows: (readonly SqlValue[])[] = [];
        for await (const page of (await queries.run(sql, { signal })).pages) rows.push(...page);
        return rows;
      },
      await engine.lake(),
      engine.effects,
    );
    const { key } = bound;
    const sent = await produceTestPayload(
      {
        address,
        definition: bound.definition,
        batchSize: given.batchSize ?? 100,
        nowMs: engine.effects.clock.now(),
        ...(key === undefined ? {} : { key }),
      },
      loaded.data,
      await engine.stream(),
      stream.topic,
    );
    progress({ records: sent.logged });
    log.log('info', 'test records sent', { ...sent, fromCache: loaded.fromCache });
    return { kind: 'test-payload', ...sent, fromCache: loaded.fromCache };
  } finally {
    await queries.close();
  }
}
