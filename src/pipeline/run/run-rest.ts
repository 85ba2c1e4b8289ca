import { PlayheadError } from '../../base/errors.ts';
import { findErasedIds } from '../../govern/erase/erased-people.ts';
import type { RunContext, RunRequest } from '../../orchestrate/runner.ts';
import type { BoundRestSource } from '../../source/rest/bound-source.ts';
import { runRestSource } from '../../source/rest/run.ts';
import type { Engine } from '../engine/bind.ts';
import { type Addressed, resolveAddress } from '../graph/address.ts';
import { partsOf } from '../graph/source-part.ts';
import type { SourceOutput } from './source-output.ts';

/** Asks an API for what it has today. The one argument is `execution`, a name under which the same is not taken twice. */
export async function runRest(
  engine: Engine,
  entry: Addressed<'source'>,
  request: RunRequest,
  { signal, log, progress }: RunContext,
): Promise<SourceOutput> {
  const source = boundRestSource(engine, entry);
  const findErased = findErasedIds(engine.home.root, engine.effects);
  const ports = { store: await engine.lake(), catalog: await engine.catalog(), findErased };
  const execution = executionArgument(source.name, request);
  const { endpoints } = source.definition;
  const { sourceTook } = engine.instrumentation;
  // None is a figure, too: that nobody looked is another one.
  for (const part of partsOf(endpoints)) sourceTook(`${source.name}/${part}`, 0);
  let sum = 0;
  const onPage = (endpoint: string, records: number): void => {
    sum += records;
    progress({ records: sum });
    for (const part of [endpoint, endpoints[endpoint]?.into ?? '']) sourceTook(`${source.name}/${part}`, records);
  };
  const settings = { signal, log, onPage, ...(execution === undefined ? {} : { execution }) };
  const run = await runRestSource(source, ports, settings, engine.effects);
  const { pages, records } = run;
  log.log('info', pages === 0 ? 'nothing new' : 'taken', { execution: run.execution, pages, records });
  return { kind: 'rest', ...run };
}

/** A REST source with its tables. PH_USAGE for another kind of source. */
function boundRestSource(
  { pipelines }: Engine,
  { address, definition, pipeline }: Addressed<'source'>,
): BoundRestSource {
  if (definition.source !== 'rest')
    throw new PlayheadError('PH_USAGE', `${address} is a ${definition.source} source: it asks no API`);
  const targets = Object.entries(definition.endpoints).map(([name, { into }]) => {
    return [name, resolveAddress(pipelines, into, ['table'], pipeline).definition] as const;
  });
  return { name: address, definition, targets: Object.fromEntries(targets) };
}

function executionArgument(address: string, { arguments: given }: RunRequest): string | undefined {
  const { execution, ...others } = given;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new PlayheadError('PH_USAGE', `${address} has no argument "${unknown}": it takes an execution`);
  // It becomes part of a key.
  if (execution === undefined || (typeof execution === 'string' && /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(execution)))
    return execution;
  throw new PlayheadError('PH_USAGE', 'an execution is named by letters, digits, "_" and "-", at most 100');
}
