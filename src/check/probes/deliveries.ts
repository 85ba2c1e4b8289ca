import { isPlayheadError } from '../../base/errors.ts';
import { counted, formatDuration, minutes } from '../../base/units.ts';
import { type DeliveryState, deliveryState } from '../../delivery/state.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { type Addressed, addressed } from '../../pipeline/graph/address.ts';
import { deliverySubject } from '../../pipeline/graph/delivery-subject.ts';
import { erroredRecords } from '../../pipeline/quarantine/errored-records.ts';
import { freshnessOf } from '../../quality/freshness.ts';
import { arrivalNow } from '../../stream/arrival-clock.ts';
import { type Found, faulty, type Link, type Probe, type Warning, waiting, well } from '../link.ts';
import { type TellingRun, tellingRun } from './telling-run.ts';

/** One at work that has records before it and flushed nothing for so long is stuck: Firehose's longest interval, twice. */
const stuckMs = minutes(30);

/** Does the log still hold what deliveries have not delivered, did their last run succeed, and do they keep up? */
export const probeDeliveries: Probe = async (engine, pipeline) => {
  const links: Link[] = [];
  for (const entry of addressed([pipeline], 'delivery')) {
    const { address } = entry;
    const found = await look(engine, entry).catch((error: unknown) => otherLog(address, error));
    const warnings = [...(found.warnings ?? []), ...(await erroredWarning(engine, entry))];
    links.push({ kind: 'delivery', address, ...found, warnings });
  }
  return links;
};

async function look(engine: Engine, entry: Addressed<'delivery'>): Promise<Found> {
  const { clock } = engine.effects;
  const ports = { stream: await engine.stream(), lake: await engine.lake() };
  // Before its state: a run that ends meanwhile has committed what is seen there.
  const telling = await tellingRun(engine, entry.address);
  const state = await deliveryState(deliverySubject(engine.pipelines, entry), ports, engine.effects);
  const nowMs = state.topic === undefined ? undefined : arrivalNow(state.topic, clock.now());
  const { lastFlush } = state;
  const lagMs = lastFlush === undefined ? 0 : Math.max(0, (nowMs ?? 0) - lastFlush.newestArrivalMs);
  return finding(entry.address, state, { telling, lagMs, wallMs: clock.now() });
}

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
  return faulty(error.message, `playhead deliver ${address} --accept-loss`);
}

interface Seen {
  readonly telling: TellingRun;
  /** On the clock of the records' arrivals, how old the newest delivered one is. */
  readonly lagMs: number;
  readonly wallMs: number;
}

function finding(address: string, state: DeliveryState, seen: Seen): Found {
  const { gaps, lastFlush, pendingRecords } = state;
  const { isAtWork, fault, run } = seen.telling;
  const remedy = `playhead deliver ${address} --drain`;
  if (gaps.length > 0) {
    const lost = `the log lost records of ${counted(gaps.length, 'partition')} before they were delivered`;
    return faulty(lost, `playhead deliver ${address} --accept-loss`);
  }
  // A gap that is no longer there was accepted, or the log is back: that run failed of nothing that lasts.
  if (fault !== undefined && run?.error?.code !== 'PH_DELIVERY_GAP') return fault;
  const pending = pendingRecords === 0 ? 'nothing waits' : `waiting: ${counted(pendingRecords, 'record')}`;
  if (isAtWork) return atWork(address, state, seen, pending);
  if (lastFlush === undefined)
    return pendingRecords === 0 ? waiting('nothing came yet to deliver') : faulty(`never flushed; ${pending}`, remedy);
  const text = `${pending}; the newest delivered one is ${formatDuration(seen.lagMs)} old`;
  // Nothing waits: that nothing new came is the source's matter, and no delay of the delivery.
  const freshness = pendingRecords === 0 ? 'FRESH' : freshnessOf(seen.lagMs);
  if (freshness === 'DELAYED') return faulty(text, remedy);
  return well(
    text,
    freshness === 'FRESH' ? [] : [{ finding: `records wait for ${formatDuration(seen.lagMs)}`, remedy }],
  );
}

/** What waits is on its way while it commits; that it is at work says nothing where it commits no more. */
function atWork(address: string, state: DeliveryState, { telling, wallMs }: Seen, pending: string): Found {
  const { lastFlush, pendingRecords } = state;
  const quietMs = wallMs - Math.max(telling.run?.startedMs ?? 0, lastFlush?.committedAtMs ?? 0);
  if (pendingRecords === 0 || quietMs < stuckMs) return well(`at work; ${pending}`);
  return faulty(
    `at work, and delivered nothing for ${formatDuration(quietMs)}; ${pending}`,
    `playhead logs ${address}`,
  );
}
