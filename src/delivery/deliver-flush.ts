import type { Effects } from '../base/effects.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { bitAt } from '../record/batch.ts';
import { type ArrivalRuns, arrivalRuns } from '../table/arrivals.ts';
import type { DeliveryAccount } from './account.ts';
import type { Slice } from './arrival-queue.ts';
import { codecs } from './compression.ts';
import type { Compression, DeliveryFormat } from './definition.ts';
import { type EncodedObject, packed } from './encode.ts';
import { type ErrorType, errorLine, type RejectedRecord } from './error-record.ts';
import { valueParts } from './frame-lines.ts';
import { type MadeFlush, objectsAtOnce } from './make-flush.ts';
import { objectName, randomString } from './object-name.ts';
import type { CommittedObject, DeliveryPlan } from './plan.ts';
import type { PlanTools } from './plan-tools.ts';
import type { PrefixRenderer } from './prefix-renderer.ts';
import { type Attempt, putOrAdopt } from './put-object.ts';
import { sideBySide } from './side-by-side.ts';
import { anyRandomString, type ObjectGroup, splitFlush } from './split.ts';

/** A plan under way: what the flushes of one attempt share. */
export interface PlanWork {
  readonly plan: DeliveryPlan;
  readonly number: number;
  readonly tools: PlanTools;
  readonly account: DeliveryAccount;
  readonly attempt: Attempt;
  readonly lake: ObjectStore;
  readonly effects: Effects;
}

/** One object to put: its records are made into bytes, its place follows from plan and records. */
interface Outgoing {
  readonly kind: CommittedObject['kind'];
  readonly prefix: PrefixRenderer;
  readonly extension: string;
  readonly oldestMs: number;
  readonly newestMs: number;
  readonly encoded: EncodedObject;
  readonly errorType?: ErrorType;
  readonly partitionKeys?: Readonly<Record<string, string>>;
  readonly arrivals?: ArrivalRuns;
}

/** Puts what was made of flush `flush`; each of its records ends in exactly one data or error object. */
export async function deliverFlush(
  work: PlanWork,
  flush: number,
  slices: readonly Slice[],
  { objects, rejected }: MadeFlush,
): Promise<CommittedObject[]> {
  const { tools, account } = work;
  const data = await sideBySide(objects, objectsAtOnce, async ({ group, encoded }, ordinal) => {
    account.delivered(group.slices, encoded.rejected);
    return encoded.rows === 0 ? [] : [await putOutgoing(work, flush, ordinal, dataObject(group, encoded, tools))];
  });
  const refused = [...rejected, ...objects.flatMap(({ encoded }) => encoded.rejected)];
  account.errored(refused);
  const others = await errorObjects(refused, work);
  if (tools.backupPrefix !== undefined) {
    others.push(...(await backupObjects(slices, tools.backupPrefix, work.plan.definition.output)));
  }
  const put = await sideBySide(others, objectsAtOnce, (outgoing, i) =>
    putOutgoing(work, flush, objects.length + i, outgoing),
  );
  return [...data.flat(), ...put];
}

/** The key of object `ordinal` of a flush: a pure function of plan and records. */
export function objectKey(
  { delivery, epoch, lane, seed }: DeliveryPlan,
  number: number,
  flush: number,
  ordinal: number,
  {
    prefix,
    extension,
    oldestMs,
    errorType,
    partitionKeys,
  }: Pick<Outgoing, 'prefix' | 'extension' | 'oldestMs' | 'errorType' | 'partitionKeys'>,
): string {
  const folder = prefix.render({
    arrivalMs: oldestMs,
    randomString: prefix.hasRandomString ? randomString(seed, flush, ordinal) : '',
    ...(errorType === undefined ? {} : { errorType }),
    ...(partitionKeys === undefined ? {} : { partitionKeys }),
  });
  return folder + objectName({ delivery, epoch, lane, plan: number, flush, seed, oldestMs, extension });
}

async function putOutgoing(
  work: PlanWork,
  flush: number,
  ordinal: number,
  outgoing: Outgoing,
): Promise<CommittedObject> {
  const { plan, number, lake, attempt, effects } = work;
  const { kind, oldestMs, newestMs, encoded, errorType, arrivals } = outgoing;
  const key = objectKey(plan, number, flush, ordinal, outgoing);
  const info = await putOrAdopt(lake, key, encoded.body, encoded.holdsSameRecords, attempt);
  await effects.reached('delivery.object');
  return {
    kind,
    key,
    etag: info.etag,
    ...(info.sha256 === undefined ? {} : { sha256: info.sha256 }),
    sizeBytes: info.sizeBytes,
    rows: encoded.rows,
    rawBytes: encoded.rawBytes,
    ...(errorType === undefined ? {} : { errorType }),
    flush,
    arrivalMs: [oldestMs, newestMs],
    ...(arrivals === undefined ? {} : { arrivals }),
  };
}

function dataObject(group: ObjectGroup, encoded: EncodedObject, tools: PlanTools): Outgoing {
  const { oldestMs, newestMs } = group;
  // Which rows a conversion refused, their places no longer say.
  const whole = encoded.rejected.length === 0;
  const arrivals = whole ? arrivalRuns(() => arrivalsOf(group.slices), oldestMs, newestMs) : undefined;
  return {
    kind: 'data',
    prefix: tools.split.prefix,
    extension: tools.encoder.extension,
    oldestMs,
    newestMs,
    encoded,
    ...(arrivals === undefined ? {} : { arrivals }),
    ...(group.partitionKeys === undefined ? {} : { partitionKeys: group.partitionKeys }),
  };
}

/** When each record of an object arrived, in the order of its rows. */
function* arrivalsOf(slices: readonly Slice[]): Generator<number> {
  for (const { batch, from, to } of slices)
    for (let i = from; i < to; i += 1) if (!bitAt(batch.erased, i)) yield batch.arrivalMs[i] ?? 0;
}

/** One object of JSON lines a type of error and a rendered error prefix. Never compressed, as Firehose's. */
async function errorObjects(rejected: readonly RejectedRecord[], work: PlanWork): Promise<Outgoing[]> {
  const prefix = work.tools.errorPrefix;
  const byPlace = Map.groupBy(rejected, ({ fault, arrivalMs }) =>
    prefix.render({ arrivalMs, randomString: anyRandomString, errorType: fault.type }),
  );
  return Promise.all(
    [...byPlace.values()].map(async (records) => {
      const lines = records.map((record) => errorLine(record, work.plan.plannedAtMs)).join('');
      const arrivals = records.map(({ arrivalMs }) => arrivalMs);
      const encoded = { ...(await packed([Buffer.from(lines)], 'none')), rows: records.length, rejected: [] };
      const type = records[0]?.fault.type;
      return {
        kind: 'error' as const,
        prefix,
        extension: '.json',
        oldestMs: arrivals.reduce((a, b) => Math.min(a, b)),
        newestMs: arrivals.reduce((a, b) => Math.max(a, b)),
        encoded,
        ...(type === undefined ? {} : { errorType: type }),
      };
    }),
  );
}

/** The flush's records as the log holds them, whatever they are, by the backup prefix. */
async function backupObjects(
  slices: readonly Slice[],
  prefix: PrefixRenderer,
  output: DeliveryFormat,
): Promise<Outgoing[]> {
  const compression: Compression = output.format === 'json' ? output.compression : 'gzip';
  // Not the delivery's own split: tombstones and broken records are backed up with the others.
  const { groups } = splitFlush(slices, { prefix, faultOf: () => undefined });
  return Promise.all(
    groups.map(async (group) => ({
      kind: 'backup' as const,
      prefix,
      extension: `.raw${codecs[compression].extension}`,
      oldestMs: group.oldestMs,
      newestMs: group.newestMs,
      encoded: {
        ...(await packed(valueParts(group.slices), compression)),
        rows: group.rows,
        rejected: [],
      },
    })),
  );
}
