import { totalmem } from 'node:os';
import { memoryBudget } from '../../base/memory-budget.ts';
import type { DeliverySubject } from '../../delivery/bound-delivery.ts';
import { type Delivery, openDelivery } from '../../delivery/delivery.ts';
import { laneBytes } from '../../delivery/memory-share.ts';
import { type Addressed, addressed } from '../graph/address.ts';
import { deliverySubject } from '../graph/delivery-subject.ts';
import type { Engine } from './bind.ts';

/** A delivery over as many lanes as its definition or the profile asks for. */
function laned({ pipelines, profile }: Engine, entry: Addressed<'delivery'>): DeliverySubject {
  const subject = deliverySubject(pipelines, entry);
  const { definition, stream } = subject;
  // A lane without a partition would have nothing to do.
  const lanes = Math.max(definition.lanes, Math.min(profile.lanes ?? 1, stream.partitions));
  return { ...subject, definition: { ...definition, lanes } };
}

/** The delivery over the engine's ports. */
export async function deliveryOf(engine: Engine, entry: Addressed<'delivery'>): Promise<Delivery> {
  const [stream, lake, catalog] = await Promise.all([engine.stream(), engine.lake(), engine.catalog()]);
  // All lanes of all deliveries: one process may run them side by side.
  const all = addressed(engine.pipelines, 'delivery').reduce(
    (sum, each) => sum + laned(engine, each).definition.lanes,
    0,
  );
  const ports = {
    stream,
    lake,
    catalog,
    duck: () => engine.converter(),
    memoryBytes: laneBytes(memoryBudget(totalmem()).deliveryBytes, all),
  };
  return openDelivery(laned(engine, entry), ports, engine.effects);
}
