import { literalStart, parsePrefix } from '../../delivery/prefix.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { type Addressed, addressed } from '../../pipeline/graph/address.ts';
import { deliverySubject } from '../../pipeline/graph/delivery-subject.ts';
import { erroredRecordsOf } from '../../pipeline/quarantine/errored-records.ts';
import type { ObjectSide } from './data-objects.ts';
import type { SetAside, StreamSide } from './settings.ts';

/**
 * The stream's side without the records that a delivery of it into the lake set aside: they lie there, under its error
 * prefix, and not beside those that are compared. A lake of another's, or another's topic, has no such.
 */
export async function withoutAside(engine: Engine, side: StreamSide, lake: ObjectSide): Promise<StreamSide> {
  if (side.kind !== 'topic' || lake.store !== (await engine.lake())) return side;
  const own = addressed(engine.pipelines, 'delivery').filter(
    (entry) => deliverySubject(engine.pipelines, entry).stream.topic === side.topic,
  );
  const into = own.filter((entry) => isUnder(entry, lake.prefix));
  // What a job made of the only delivery's objects lies elsewhere, and has no more of its records.
  const deliveries = into.length === 0 && own.length === 1 ? own : into;
  return deliveries.length === 0 ? side : { ...side, aside: await setAsideBy(engine, deliveries) };
}

function isUnder({ definition }: Addressed<'delivery'>, prefix: string): boolean {
  const start = literalStart(parsePrefix(definition.prefix));
  return start.startsWith(prefix) || prefix.startsWith(start);
}

/** Holds the positions of all of them. */
async function setAsideBy(engine: Engine, deliveries: readonly Addressed<'delivery'>[]): Promise<SetAside> {
  const positions = new Map<number, Set<bigint>>();
  for (const delivery of deliveries)
    for await (const { partition, position } of erroredRecordsOf(engine, delivery, Number.POSITIVE_INFINITY)) {
      const own = positions.get(partition) ?? new Set();
      positions.set(partition, own.add(BigInt(position)));
    }
  return { has: (partition, position) => positions.get(partition)?.has(position) === true };
}
