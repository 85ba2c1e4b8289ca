import { resolve } from 'node:path';
import { PlayheadError } from '../../base/errors.ts';
import { counted } from '../../base/units.ts';
import { applyDefinitions } from '../../pipeline/apply/apply.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { boundSessions } from '../../pipeline/engine/sessions.ts';
import { addressed, resolveAddress } from '../../pipeline/graph/address.ts';
import { type SessionArguments, sessionOptions } from '../../pipeline/run/session-arguments.ts';
import { openTruthFile } from '../../pipeline/run/truth-file.ts';
import { openSessions } from '../../source/open-sessions.ts';
import { type NdjsonRange, sessionNdjson } from '../../source/session-ndjson.ts';
import type { Command } from '../command.ts';
import { fileSink } from '../file-sink.ts';
import { ensureReference } from '../reference.ts';
import { simulationArguments, warnOfIncidents } from '../simulation-options.ts';

export const command: Command = async (invocation, context) => {
  const engine = await context.engine();
  const address = sessionsAddress(engine, invocation.argument(0) ?? '');
  const given = simulationArguments(invocation, context.workingDirectory);
  const { bound } = boundSessions(engine, address);
  const range = rangeOf(given, invocation.count('events', 1), referenceDay(engine, bound.viewers.madeBy));
  warnOfIncidents(given, bound.definition, context);
  await applyDefinitions(engine);
  await ensureReference(engine, bound, context);
  const truth =
    given.truth === undefined
      ? undefined
      : openTruthFile(given.truth, {
          source: address,
          seed: given.seed ?? bound.definition.seed,
          fromMs: range.fromMs,
          toMs: range.toMs ?? range.fromMs,
          incidents: given.incidents ?? [],
        });
  const ports = { store: await engine.lake(), catalog: await engine.catalog(), duck: await engine.duck() };
  const source = await openSessions(bound, ports, sessionOptions(given), truth?.sink);
  const out = invocation.text('out');
  const file = out === undefined || out === '-' ? undefined : resolve(context.workingDirectory, out);
  const sink = file === undefined ? context.output.sink : await fileSink(file);
  const progress = file === undefined ? undefined : context.progress();
  let records = 0;
  try {
    for (const bytes of sessionNdjson(source, range)) {
      context.signal.throwIfAborted();
      records += countLines(bytes);
      await sink.write(bytes);
      progress?.update(`${counted(records, 'record')} in ${out}`);
    }
  } finally {
    progress?.end();
    await sink.close();
  }
  await truth?.end();
  if (file === undefined) return {};
  return { data: { records, file }, text: `${counted(records, 'record')} in ${out}` };
};

/** A source, or the one that simulates in a pipeline. */
function sessionsAddress(engine: Engine, named: string): string {
  const pipeline = engine.pipelines.find(({ name }) => name === named);
  if (pipeline === undefined) return resolveAddress(engine.pipelines, named, ['source']).address;
  const simulated = addressed([pipeline], 'source').filter(({ definition }) => definition.source === 'sessions');
  const [only] = simulated;
  if (only !== undefined && simulated.length === 1) return only.address;
  const addresses = simulated.map(({ address }) => address).join(', ');
  throw new PlayheadError('PH_USAGE', `${named} has ${simulated.length} sources that simulate`, {
    ...(addresses === '' ? {} : { hint: `Name one: ${addresses}.` }),
  });
}

/** The day that the reference data is of. */
function referenceDay(engine: Engine, madeBy: string | undefined): string | undefined {
  if (madeBy === undefined) return undefined;
  const { definition } = resolveAddress(engine.pipelines, madeBy, ['source']);
  return definition.source === 'seed-table' ? definition.asOf : undefined;
}

/** From the given time, else from the day of the reference data, not from today: same seed, same records, on any day. */
function rangeOf({ from, to }: SessionArguments, events: number | undefined, day: string | undefined): NdjsonRange {
  if (events === undefined && (from === undefined || to === undefined)) {
    throw new PlayheadError('PH_USAGE', 'how much?', { hint: 'Give --events N, or --from TIME --to TIME.' });
  }
  const start = from ?? day;
  if (start === undefined) throw new PlayheadError('PH_USAGE', 'from when?', { hint: 'Give --from TIME.' });
  return {
    fromMs: Date.parse(start),
    ...(to === undefined ? {} : { toMs: Date.parse(to) }),
    ...(events === undefined ? {} : { events }),
  };
}

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines += 1;
  return lines;
}
