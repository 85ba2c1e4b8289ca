import { PlayheadError } from '../../base/errors.ts';
import { suggestion } from '../../base/nearest.ts';
import type { PipelineDefinition } from '../definition.ts';
import { resolveAddress } from './address.ts';

/**
 * What a metric counts of a source that asks an API, as `sync/popular`: what it took of one endpoint, or, by the table's
 * name, into one table. Returns it with the source's whole address. PH_ADDRESS_UNKNOWN, PH_ADDRESS_AMBIGUOUS.
 */
export function sourcePart(pipelines: readonly PipelineDefinition[], of: string, within: string): string {
  const [source = '', part = ''] = of.split('/');
  const { address, definition } = resolveAddress(pipelines, source, ['source'], within);
  const parts = definition.source === 'rest' ? partsOf(definition.endpoints) : [];
  if (parts.includes(part)) return `${address}/${part}`;
  const hint = parts.length === 0 ? 'Only a source that asks an API has parts.' : suggestion(part, parts);
  throw new PlayheadError('PH_ADDRESS_UNKNOWN', `${address} has no endpoint and no table "${part}"`, { hint });
}

/** The parts that a page of an endpoint counts for. */
export function partsOf(endpoints: Readonly<Record<string, { readonly into: string }>>): readonly string[] {
  return [...new Set(Object.entries(endpoints).flatMap(([name, { into }]) => [name, into]))];
}
