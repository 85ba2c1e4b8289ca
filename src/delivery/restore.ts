import { createHash } from 'node:crypto';
import type { Effects } from '../base/effects.ts';
import { isPlayheadError, type PlayheadError } from '../base/errors.ts';
import { bodyParts } from '../lake/body-parts.ts';
import type { ObjectBody, ObjectStore } from '../lake/object-store.ts';
import { DeliveryAccount } from './account.ts';
import type { DeliverySubject, LanePorts } from './bound-delivery.ts';
import { deliverFlush } from './deliver-flush.ts';
import { openDeliverySeries } from './lanes.ts';
import { checkSameLog } from './log-gap.ts';
import { makeFlush } from './make-flush.ts';
import { type CommittedObject, type DeliveryPlan, objectsIn, rangeFromJson } from './plan.ts';
import { planTools } from './plan-tools.ts';
import { readRanges } from './read-range.ts';

/** An object that the lake has lost, or holds otherwise than it was committed. */
export interface LostObject {
  readonly series: string;
  readonly commit: number;
  readonly key: string;
}

/** What became of it; `failure`: why it is not there again. */
export interface RestoredObject {
  readonly key: string;
  readonly failure?: string;
}

/**
 * Makes delivered objects anew from their plan and the log, as long as that holds their records, and puts them back where they
 * have the very bytes that were committed: the commit, the catalog and whoever read them stay right. Needs no lease, since nothing
 * else may ever stand under these keys.
 */
export async function restoreObjects(
  subject: DeliverySubject,
  lost: readonly LostObject[],
  ports: LanePorts,
  effects: Effects,
): Promise<readonly RestoredObject[]> {
  const restored: RestoredObject[] = [];
  for (const [of, objects] of Map.groupBy(lost, ({ series, commit }) => `${series} ${commit}`)) {
    const [{ series: name, commit: n } = { series: of, commit: 0 }] = objects;
    const series = openDeliverySeries(ports.lake, name, effects);
    const [commit, plan] = [await series.read(n), await series.readPlan(n)];
    const wanted =
      commit === undefined ? [] : objectsIn(commit).filter(({ key }) => objects.some((each) => each.key === key));
    if (plan === undefined)
      restored.push(...wanted.map(({ key }) => ({ key, failure: `plan ${n} of ${name} is gone` })));
    else
      for (const [flush, own] of Map.groupBy(wanted, (object) => object.flush))
        restored.push(...(await restoreFlush({ subject, plan, number: n, flush, wanted: own }, ports, effects)));
  }
  return restored;
}

interface FlushToRestore {
  readonly subject: DeliverySubject;
  readonly plan: DeliveryPlan;
  readonly number: number;
  readonly flush: number;
  readonly wanted: readonly CommittedObject[];
}

async function restoreFlush(
  { subject, plan, number, flush, wanted }: FlushToRestore,
  ports: LanePorts,
  effects: Effects,
): Promise<readonly RestoredObject[]> {
  const { stream, lake, kernel } = ports;
  const outcomes = new Map<string, RestoredObject>();
  /** Puts back what is wanted; what else the flush made is there. */
  const put: ObjectStore['put'] = async (key, body) => {
    const committed = wanted.find((object) => object.key === key);
    if (committed !== undefined) outcomes.set(key, { key, ...(await putBack(lake, committed, body, effects)) });
    return { key, sizeBytes: committed?.sizeBytes ?? 0, etag: committed?.etag ?? '', modifiedMs: 0 };
  };
  try {
    const topic = await stream.describe(plan.topic);
    if (topic !== undefined) checkSameLog(subject.address, plan, topic);
    const ranges = (plan.flushes[flush]?.ranges ?? []).map(rangeFromJson);
    const slices = await readRanges(stream, plan.topic, ranges);
    const account = new DeliveryAccount();
    account.logged(ranges, slices);
    const tools = planTools(plan, kernel);
    const attempt = { mayPut: async () => {} };
    await using made = await makeFlush(slices, tools);
    await deliverFlush({ plan, number, tools, account, attempt, lake: { ...lake, put }, effects }, flush, slices, made);
  } catch (error) {
    if (!isPlayheadError(error) || !isOfLog(error)) throw error;
    return wanted.map(({ key }) => ({ key, failure: error.message }));
  }
  return wanted.map(({ key }) => outcomes.get(key) ?? { key, failure: 'other objects are made of its records now' });
}

/** The log no longer gives the records: nothing is wrong with anything else. */
function isOfLog({ code }: PlayheadError): boolean {
  return code === 'PH_DELIVERY_GAP' || code === 'PH_POSITION_OUT_OF_RANGE' || code === 'PH_TOPIC_UNKNOWN';
}

async function putBack(
  lake: ObjectStore,
  { key, etag, sha256 }: CommittedObject,
  body: ObjectBody,
  effects: Effects,
): Promise<Pick<RestoredObject, 'failure'>> {
  const hash = createHash('sha256');
  for await (const part of bodyParts(body, effects)) hash.update(part);
  if (sha256 !== undefined && hash.digest('hex') !== sha256)
    return { failure: 'other bytes are made of its records now, as after an erasure' };
  const made = await lake.put(key, body);
  return made.etag === etag ? {} : { failure: 'its bytes are there again, under another etag than its commit names' };
}
