import { isUtf8 } from 'node:buffer';
import { commitsHolding } from '../../commit/packed-commits.ts';
import { deliverySeriesNames } from '../../delivery/contributors.ts';
import { type CommittedObject, type DeliveryCommit, objectsIn } from '../../delivery/plan.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import { LineSplitter } from '../../source/line-splitter.ts';
import { quarantineTableName } from '../../table/quarantine-table.ts';
import type { Engine } from '../engine/bind.ts';
import type { Addressed } from '../graph/address.ts';
import { deliverySubject } from '../graph/delivery-subject.ts';

/** What a delivery could not parse, by what its commits say; the lake's lifecycle may have taken objects since. */
export interface ErroredRecords {
  readonly delivery: string;
  /** The table that they are queried as; absent where the delivery fills no table. */
  readonly table?: string;
  readonly records: number;
  /** Keys of the objects that hold them, in the order of their commits. */
  readonly objects: readonly string[];
}

export async function erroredRecords(engine: Engine, entry: Addressed<'delivery'>): Promise<ErroredRecords> {
  const { address } = entry;
  const { table } = deliverySubject(engine.pipelines, entry);
  const objects = await erroredObjects(await engine.lake(), address);
  return {
    delivery: address,
    ...(table === undefined ? {} : { table: `${table.database}.${quarantineTableName(table)}` }),
    records: objects.reduce((sum, { rows }) => sum + rows, 0),
    objects: objects.map(({ key }) => key),
  };
}

/** The objects of what a delivery could not parse, in the order of its commits; of its series, those alone that name one are read. */
export async function erroredObjects(lake: ObjectStore, delivery: string): Promise<readonly CommittedObject[]> {
  const found: CommittedObject[] = [];
  for (const series of await deliverySeriesNames(lake, delivery))
    for await (const { commit } of commitsHolding<DeliveryCommit>(lake, series, '"kind":"error"'))
      found.push(...objectsIn(commit).filter(({ kind }) => kind === 'error'));
  return found;
}

/** A record that a delivery could not parse, as its error prefix has it. */
export interface ErroredRecord {
  readonly reason: string;
  readonly message: string;
  /** Key of the object under the error prefix, and the ordinal of its line there, from 0. */
  readonly source: string;
  readonly row: number;
  /** Where it stands in the stream. */
  readonly partition: number;
  readonly position: string;
  /** ISO time. */
  readonly arrivedAt: string;
  /** The bytes as they came, in base64; null for a tombstone. */
  readonly rawData: string | null;
  /** The same where they are UTF-8, else null. */
  readonly text: string | null;
}

/** The records themselves, in the order of their commits, at most `limit`; those of objects that the lake's lifecycle took are not among them. */
export async function* erroredRecordsOf(
  engine: Engine,
  delivery: Addressed<'delivery'>,
  limit: number,
): AsyncGenerator<ErroredRecord> {
  const lake = await engine.lake();
  let left = limit;
  for (const key of (await erroredRecords(engine, delivery)).objects) {
    if (left <= 0) return;
    if ((await lake.head(key)) === undefined) continue;
    const splitter = new LineSplitter(Number.POSITIVE_INFINITY);
    for await (const part of (await lake.get(key)).body)
      for (const { number, bytes } of splitter.split(part)) {
        if (bytes !== undefined) yield erroredRecord(key, number - 1, bytes);
        left -= 1;
        if (left <= 0) return;
      }
  }
}

function erroredRecord(source: string, row: number, line: Uint8Array): ErroredRecord {
  // What `errorLine` of deliveries writes.
  const written = JSON.parse(Buffer.from(line).toString()) as {
    readonly errorCode: string;
    readonly errorMessage: string;
    readonly arrivalTimestamp: number;
    readonly rawData: string | null;
    readonly partition: number;
    readonly position: string;
  };
  const { errorCode, errorMessage, arrivalTimestamp, rawData, partition, position } = written;
  return {
    reason: errorCode,
    message: errorMessage,
    source,
    row,
    partition,
    position,
    arrivedAt: new Date(arrivalTimestamp).toISOString(),
    rawData,
    text: rawData === null ? null : textOf(Buffer.from(rawData, 'base64')),
  };
}

function textOf(bytes: Buffer): string | null {
  return isUtf8(bytes) ? bytes.toString() : null;
}
