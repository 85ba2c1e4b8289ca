import { PlayheadError } from '../../base/errors.ts';
import { traceByKey } from '../../check/trace/by-key.ts';
import { traceByObject } from '../../check/trace/by-object.ts';
import { traceByPosition } from '../../check/trace/by-position.ts';
import { traceByRow } from '../../check/trace/by-row.ts';
import { openTracer, type Tracer } from '../../check/trace/tracer.ts';
import type { TraceAnswer } from '../../ledger/record-trace.ts';
import type { Command } from '../command.ts';
import type { Invocation } from '../invocation.ts';
import { pipelinesNamed } from '../targets.ts';
import { traceText } from '../trace-text.ts';

export const command: Command = async (invocation, context) => {
  const search = searchOf(invocation);
  const engine = await context.engine();
  const named = invocation.argument(0);
  const pipelines = pipelinesNamed(engine.pipelines, named);
  await using session = await (await engine.duck()).connect();
  const progress = context.progress();
  try {
    const tracer = await openTracer(engine, pipelines, session, (text) => {
      context.signal.throwIfAborted();
      progress.update(text);
    });
    const { clock } = context.effects;
    const startedMs = clock.monotonicMs();
    const answer = await search(tracer, context.signal);
    const elapsedMs = Math.round(clock.monotonicMs() - startedMs);
    return { data: { ...answer, elapsedMs }, text: traceText(answer, elapsedMs, context.output) };
  } finally {
    progress.end();
  }
};

type Search = (tracer: Tracer, signal: AbortSignal) => Promise<TraceAnswer>;

/** The one way of naming a record that was given. PH_USAGE for none, several, or half of one. */
function searchOf(invocation: Invocation): Search {
  const searches = [byKey(invocation), byPosition(invocation), byObject(invocation), byTable(invocation)].filter(
    (search) => search !== undefined,
  );
  const [only, ...others] = searches;
  if (only !== undefined && others.length === 0) return only;
  throw new PlayheadError('PH_USAGE', only === undefined ? 'which record?' : 'more than one way to name a record', {
    hint: 'Give one of: --key FIELD=VALUE, --position TOPIC/PARTITION/OFFSET, --object KEY --row N, --table T --where CONDITION.',
  });
}

function byKey(invocation: Invocation): Search | undefined {
  const pairs = invocation.texts('key');
  if (pairs === undefined) return undefined;
  const wanted = Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=');
      if (equals > 0) return [pair.slice(0, equals), pair.slice(equals + 1)];
      throw new PlayheadError('PH_USAGE', `--key ${pair}: expected FIELD=VALUE`, {
        hint: `A record is named by a field and its value: --key ${pair === '' || equals === 0 ? 'FIELD' : pair}=VALUE.`,
      });
    }),
  );
  return (tracer) => traceByKey(tracer, wanted, invocation.flag('all'));
}

function byPosition(invocation: Invocation): Search | undefined {
  const place = invocation.text('position');
  if (place === undefined) return undefined;
  const [, topic, partition, position] = /^(.+)\/(\d+)\/(\d+)$/.exec(place) ?? [];
  if (topic === undefined || position === undefined)
    throw new PlayheadError('PH_USAGE', `--position ${place}: expected TOPIC/PARTITION/OFFSET`);
  return (tracer) => traceByPosition(tracer, topic, Number(partition), BigInt(position));
}

function byObject(invocation: Invocation): Search | undefined {
  const [object, row] = [invocation.text('object'), invocation.count('row')];
  if (object === undefined && row === undefined) return undefined;
  if (object === undefined || row === undefined)
    throw new PlayheadError('PH_USAGE', '--object KEY and --row N belong together');
  return (tracer) => traceByObject(tracer, object, row);
}

function byTable(invocation: Invocation): Search | undefined {
  const [table, where] = [invocation.text('table'), invocation.text('where')];
  if (table === undefined && where === undefined) return undefined;
  if (table === undefined || where === undefined)
    throw new PlayheadError('PH_USAGE', '--table T and --where CONDITION belong together');
  return (tracer, signal) => traceByRow(tracer, table, where, signal);
}
