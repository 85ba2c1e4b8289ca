import type * as Sdk from '@platformatic/kafka';
import type { KafkaSdk } from './sdk.ts';

/** A partition's batches as bytes, for `produce`. */
export interface ProducedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly batch: Buffer;
}

/** What a broker has of one partition, as bytes. */
export interface FetchedPartition {
  readonly errorCode: number;
  readonly highWatermark: bigint;
  /** Below it no transaction is open. */
  readonly lastStableOffset: bigint;
  readonly logStartOffset: bigint;
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[];
  readonly batches: Buffer;
  /** Where the log of the request's `lastEpoch` ended, or of the last one before it, where that is below what was asked for. */
  readonly divergedAt?: bigint;
}

/** The two requests that carry records, as bytes: the client's own would make an object of each record. */
export interface RecordRequests {
  readonly produce: Sdk.API<
    [transactionalId: string, timeoutMs: number, partitions: readonly ProducedPartition[]],
    ReturnType<typeof Sdk.produceV9.parseResponse>
  >;
  readonly fetch: Sdk.API<[request: FetchRequest], FetchedPartition>;
}

export interface FetchRequest {
  readonly topicId: string;
  readonly partition: number;
  readonly from: bigint;
  readonly maxBytes: number;
  /** False: also what no transaction has committed yet, and markers decide. */
  readonly committed: boolean;
  /** Of what lies before `from`; -1 where that is not known. */
  readonly lastEpoch: number;
}

export function recordRequests(sdk: KafkaSdk): RecordRequests {
  return {
    produce: sdk.createAPI(0, 9, produceRequest(sdk), sdk.produceV9.parseResponse),
    fetch: sdk.createAPI(1, 13, fetchRequest(sdk), parseFetch),
  };
}

const acksAll = -1;

function produceRequest(sdk: KafkaSdk) {
  return (transactionalId: string, timeoutMs: number, partitions: readonly ProducedPartition[]): Sdk.Writer =>
    sdk.Writer.create()
      .appendString(transactionalId)
      .appendInt16(acksAll)
      .appendInt32(timeoutMs)
      .appendArray([...Map.groupBy(partitions, ({ topic }) => topic)], (topics, [topic, shares]) => {
        topics.appendString(topic).appendArray(shares, (writer, { partition, batch }) => {
          writer
            .appendInt32(partition)
            .appendUnsignedVarInt(batch.length + 1)
            .append(batch);
        });
      })
      .appendTaggedFields();
}

const noSession = { id: 0, epoch: -1 };

function fetchRequest(sdk: KafkaSdk) {
  return ({ topicId, partition, from, maxBytes, committed, lastEpoch }: FetchRequest): Sdk.Writer =>
    sdk.fetchV13.createRequest(
      0,
      0,
      maxBytes,
      committed ? 1 : 0,
      noSession.id,
      noSession.epoch,
      [
        {
          topicId,
          partitions: [
            {
              partition,
              currentLeaderEpoch: -1,
              fetchOffset: from,
              lastFetchedEpoch: lastEpoch,
              partitionMaxBytes: maxBytes,
            },
          ],
        },
      ],
      [],
      '',
    );
}

/** Format 13 of a fetch's answer, for one partition of one topic. */
function parseFetch(_correlation: number, _api: number, _version: number, reader: Sdk.Reader): FetchedPartition {
  reader.readInt32();
  const errorCode = reader.readInt16();
  reader.readInt32();
  const [answer] = reader
    .readArray(() => {
      reader.readUUID();
      return reader.readArray(() => partitionAnswer(reader, errorCode), true, false);
    })
    .flat();
  return answer ?? { ...nothing, errorCode };
}

const nothing: FetchedPartition = {
  errorCode: 0,
  highWatermark: -1n,
  lastStableOffset: -1n,
  logStartOffset: -1n,
  aborted: [],
  batches: Buffer.alloc(0),
};

function partitionAnswer(reader: Sdk.Reader, errorCode: number): FetchedPartition {
  reader.readInt32();
  const own = reader.readInt16();
  const highWatermark = reader.readInt64();
  const lastStableOffset = reader.readInt64();
  const logStartOffset = reader.readInt64();
  const aborted =
    reader.readNullableArray(() => ({ producerId: reader.readInt64(), firstOffset: reader.readInt64() })) ?? [];
  reader.readInt32();
  const length = Math.max(0, reader.readUnsignedVarInt() - 1);
  const batches = reader.buffer.slice(reader.position, reader.position + length);
  reader.skip(length);
  const divergedAt = readDivergence(reader);
  return {
    errorCode: errorCode === 0 ? own : errorCode,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    aborted,
    batches,
    ...(divergedAt === undefined ? {} : { divergedAt }),
  };
}

/** Of a partition's tagged fields the one that tells where its log diverges from the reader's: its epoch, and that one's end. */
function readDivergence(reader: Sdk.Reader): bigint | undefined {
  const divergingEpoch = 0;
  let divergedAt: bigint | undefined;
  for (let left = reader.readUnsignedVarInt(); left > 0; left -= 1) {
    const tag = reader.readUnsignedVarInt();
    const length = reader.readUnsignedVarInt();
    if (tag === divergingEpoch) divergedAt = reader.peekInt64(reader.position + 4);
    reader.skip(length);
  }
  return divergedAt;
}
