import { formatCount, formatDuration } from '../../base/units.ts';
import { deliveryState } from '../../delivery/state.ts';
import { addressed } from '../../pipeline/address.ts';
import { deliverySubject } from '../../pipeline/subject.ts';
import { arrivalNow, freshnessOf } from '../freshness.ts';
import type { Link, Probe } from '../link.ts';

/** Do deliveries keep up with their streams, and does the log still hold what they have not delivered? */
export const probeDeliveries: Probe = async (engine, pipeline) => {
  const ports = { stream: await engine.stream(), lake: await engine.lake() };
  const links: Link[] = [];
  for (const entry of addressed([pipeline], 'delivery')) {
    const { address } = entry;
    const subject = deliverySubject(engine.pipelines, entry);
    const state = await deliveryState(subject, ports, engine.effects);
    const topic = await ports.stream.describe(subject.stream.topic);
    const nowMs = topic === undefined ? undefined : arrivalNow(topic, engine.effects.clock.now());
    links.push({ kind: 'delivery', address, ...finding(address, state, nowMs) });
  }
  return links;
};

type State = Awaited<ReturnType<typeof deliveryState>>;

function finding(
  address: string,
  { gaps, lastFlush, pendingRecords }: State,
  nowMs: number | undefined,
): Pick<Link, 'ok' | 'finding' | 'remedy'> {
  const waiting = `${formatCount(pendingRecords)} records wait`;
  const remedy = `playhead deliver ${address} --drain`;
  if (gaps.length > 0) {
    const lost = `the log lost records of ${gaps.length} partitions before they were delivered`;
    return { ok: false, finding: lost, remedy: `playhead deliver ${address} --accept-loss` };
  }
  if (lastFlush === undefined) return { ok: false, finding: `never flushed; ${waiting}`, remedy };
  const lagMs = Math.max(0, (nowMs ?? lastFlush.newestArrivalMs) - lastFlush.newestArrivalMs);
  const text = `${waiting}; the newest delivered one is ${formatDuration(lagMs)} old`;
  // Nothing waits: that nothing new came is the source's matter, and no delay of the delivery.
  const ok = pendingRecords === 0 || freshnessOf(lagMs) !== 'DELAYED';
  return ok ? { ok, finding: text } : { ok, finding: text, remedy };
}
