import { isPlayheadError } from '../../base/errors.ts';
import { counted, formatDuration } from '../../base/units.ts';
import { type DeliveryState, deliveryState } from '../../delivery/state.ts';
import type { Run } from '../../orchestrate/runs.ts';
import { type Addressed, addressed } from '../../pipeline/address.ts';
import type { Engine } from '../../pipeline/bind.ts';
import { erroredRecords } from '../../pipeline/errored-records.ts';
import { deliverySubject } from '../../pipeline/subject.ts';
import { freshnessOf } from '../../quality/freshness.ts';
import { arrivalNow } from '../../stream/arrival-clock.ts';
import type { Link, Probe, Warning } from '../link.ts';

type Found = Omit<Link, 'kind' | 'address'>;

/** Does the log still hold what deliveries have not delivered, did their last run succeed, and do they keep up? */
export const probeDeliveries: Probe = async (engine, pipeline) => {
  const ports = { stream: await engine.stream(), lake: await engine.lake() };
  const links: Link[] = [];
  for (const entry of addressed([pipeline], 'delivery')) {
    const { address } = entry;
    const subject = deliverySubject(engine.pipelines, entry);
    const topic = await ports.stream.describe(subject.stream.topic);
    const nowMs = topic === undefined ? undefined : arrivalNow(topic, engine.effects.clock.now());
    const [run] = (await engine.runs()).recent({ address, limit: 1 });
    const found = await deliveryState(subject, ports, engine.effects).then(
      (state) => finding(address, state, run, nowMs),
      (error: unknown) => otherLog(address, error),
    );
    const warnings = [...(found.warnings ?? []), ...(await erroredWarning(engine, entry))];
    links.push({ kind: 'delivery', address, ...found, warnings });
  }
  return links;
};

/** Records that the delivery could not parse. */
async function erroredWarning(engine: Engine, entry: Addressed<'delivery'>): Promise<readonly Warning[]> {
  const { records } = await erroredRecords(engine, entry);
  if (records === 0) return [];
  const finding = `${counted(records, 'record')} set aside: could not be parsed`;
  return [{ finding, remedy: 'playhead quarantine list' }];
}

/** The topic is not the one that was delivered from. */
function otherLog(address: string, error: unknown): Found {
  if (!isPlayheadError(error, 'PH_DELIVERY_GAP')) throw error;
  return { ok: false, finding: error.message, remedy: `playhead deliver ${address} --accept-loss` };
}

function finding(
  address: string,
  { gaps, lastFlush, pendingRecords }: DeliveryState,
  run: Run | undefined,
  nowMs: number | undefined,
): Found {
  const waiting = pendingRecords === 0 ? 'nothing waits' : `waiting: ${counted(pendingRecords, 'record')}`;
  const remedy = `playhead deliver ${address} --drain`;
  if (gaps.length > 0) {
    const lost = `the log lost records of ${counted(gaps.length, 'partition')} before they were delivered`;
    return { ok: false, finding: lost, remedy: `playhead deliver ${address} --accept-loss` };
  }
  if (run?.outcome === 'failed' || run?.outcome === 'lost') {
    const error = run.error === undefined ? '' : `: ${run.error.message}`;
    // A gap that is no longer there was accepted, or the log is back: that run failed of nothing that lasts.
    if (run.error?.code !== 'PH_DELIVERY_GAP')
      return { ok: false, finding: `last run ${run.outcome}${error}`, remedy: `playhead logs ${address}` };
  }
  if (lastFlush === undefined) return { ok: false, finding: `never flushed; ${waiting}`, remedy };
  const lagMs = Math.max(0, (nowMs ?? lastFlush.newestArrivalMs) - lastFlush.newestArrivalMs);
  const text = `${waiting}; the newest delivered one is ${formatDuration(lagMs)} old`;
  // Nothing waits: that nothing new came is the source's matter, and no delay of the delivery.
  const freshness = pendingRecords === 0 ? 'FRESH' : freshnessOf(lagMs);
  if (freshness === 'DELAYED') return { ok: false, finding: text, remedy };
  if (freshness === 'FRESH') return { ok: true, finding: text };
  return { ok: true, finding: text, warnings: [{ finding: `records wait for ${formatDuration(lagMs)}`, remedy }] };
}
