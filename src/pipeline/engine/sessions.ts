import { PlayheadError } from '../../base/errors.ts';
import type { BoundSessions } from '../../source/open-sessions.ts';
import type { ReferenceTable } from '../../source/reference-relations.ts';
import type { StreamDefinition } from '../../stream/definition.ts';
import { resolveAddress } from '../graph/address.ts';
import { writerOf } from '../graph/writers.ts';
import type { Engine } from './bind.ts';

/** A sessions source with its stream and its reference tables. PH_USAGE for another kind of source. */
export function boundSessions(
  { pipelines }: Pick<Engine, 'pipelines'>,
  address: string,
): { readonly bound: BoundSessions; readonly stream: StreamDefinition } {
  const { definition, pipeline } = resolveAddress(pipelines, address, ['source']);
  if (definition.source !== 'sessions') {
    throw new PlayheadError('PH_USAGE', `${address} is a ${definition.source} source: it simulates no sessions`);
  }
  const stream = resolveAddress(pipelines, definition.into, ['stream'], pipeline).definition;
  const reference = (table: string): ReferenceTable => {
    const found = resolveAddress(pipelines, table, ['table'], pipeline);
    const writer = writerOf(pipelines, found.address);
    return { table: found.definition, ...(writer === undefined ? {} : { madeBy: writer.address }) };
  };
  const bound: BoundSessions = {
    address,
    definition,
    viewers: reference(definition.viewers.table),
    titles: reference(definition.titles.table),
    ...(stream.key === undefined ? {} : { key: stream.key }),
  };
  return { bound, stream };
}
