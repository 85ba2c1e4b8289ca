import { deliveryStanding } from '../../delivery/state.ts';
import { measuring } from '../../observe/measures.ts';
import type { Engine } from '../engine/bind.ts';
import { addressed } from '../graph/address.ts';
import { deliverySubject } from '../graph/delivery-subject.ts';

/**
 * Measures how old the oldest record is that each delivery has not delivered. Levels have nobody who reports them: who
 * evaluates alarms samples them. Returns why a delivery could not be sampled, by its address.
 */
export async function sampleDeliveries(engine: Engine): Promise<ReadonlyMap<string, unknown>> {
  const measure = measuring(engine.effects.meter);
  const failures = new Map<string, unknown>();
  for (const entry of addressed(engine.pipelines, 'delivery')) {
    try {
      measure('delivery.freshness', await oldestWaitingSeconds(engine, entry), entry.address);
    } catch (error) {
      failures.set(entry.address, error);
    }
  }
  return failures;
}

/** Since its append, by the clock: also where records carry arrival times of another day. 0 where none waits. */
async function oldestWaitingSeconds(engine: Engine, entry: Parameters<typeof deliverySubject>[1]): Promise<number> {
  const subject = deliverySubject(engine.pipelines, entry);
  const { topic } = subject.stream;
  const [stream, lake] = await Promise.all([engine.stream(), engine.lake()]);
  const { positions } = await deliveryStanding(subject, { stream, lake }, engine.effects);
  const state = (await stream.describe(topic))?.state ?? [];
  const nowMs = engine.effects.clock.now();
  let oldestMs = nowMs;
  for (const { partition, end } of state) {
    const from = positions.get(partition) ?? end;
    if (from >= end) continue;
    const {
      batches: [batch],
    } = await stream.fetch(topic, partition, from, { maxBytes: 1 });
    oldestMs = Math.min(oldestMs, batch?.appendedMs[0] ?? nowMs);
  }
  return (nowMs - oldestMs) / 1000;
}
