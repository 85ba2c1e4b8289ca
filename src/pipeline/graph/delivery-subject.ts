import type { DeliverySubject } from '../../delivery/bound-delivery.ts';
import type { PipelineDefinition } from '../definition.ts';
import { type Addressed, resolveAddress } from './address.ts';

/** A delivery with what its addresses name. */
export function deliverySubject(
  pipelines: readonly PipelineDefinition[],
  { address, definition, pipeline }: Addressed<'delivery'>,
): DeliverySubject {
  const stream = resolveAddress(pipelines, definition.from, ['stream'], pipeline).definition;
  if (definition.table === undefined) return { address, definition, stream };
  const table = resolveAddress(pipelines, definition.table, ['table'], pipeline).definition;
  return { address, definition, stream, table };
}
