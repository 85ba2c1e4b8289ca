/** The head of Kafka's record batch, format 2 (KIP-98): where its fields lie. */
const headBytes = 61;

/** Base offset and length: what a batch's length does not count. */
const prefixBytes = 12;

export const attribute = {
  compression: 0b111,
  logAppendTime: 1 << 3,
  transactional: 1 << 4,
  control: 1 << 5,
} as const;

/** Which producer wrote a batch, and the number of its first record among that producer's in the partition. */
export interface ProducerMark {
  readonly id: bigint;
  readonly epoch: number;
  readonly sequence: number;
}

/** A batch of `count` records whose (compressed) bytes are `records`, within a transaction. */
export function sealBatch(
  records: Buffer,
  count: number,
  compressionBits: number,
  producer: ProducerMark,
  nowMs: number,
  crc32c: (data: Uint8Array) => number,
): Buffer {
  const batch = Buffer.allocUnsafe(headBytes + records.length);
  batch.writeBigInt64BE(0n, 0);
  batch.writeInt32BE(batch.length - prefixBytes, 8);
  batch.writeInt32BE(-1, 12);
  batch.writeInt8(2, 16);
  batch.writeInt16BE(compressionBits | attribute.transactional, 21);
  batch.writeInt32BE(count - 1, 23);
  batch.writeBigInt64BE(BigInt(Math.floor(nowMs)), 27);
  batch.writeBigInt64BE(BigInt(Math.floor(nowMs)), 35);
  batch.writeBigInt64BE(producer.id, 43);
  batch.writeInt16BE(producer.epoch, 51);
  batch.writeInt32BE(producer.sequence, 53);
  batch.writeInt32BE(count, 57);
  batch.set(records, headBytes);
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

/** A batch as it lies in a fetch's answer. */
export interface StoredBatch {
  readonly baseOffset: bigint;
  /** The offset after its last record. */
  readonly nextOffset: bigint;
  /** Of the leader that took it. */
  readonly leaderEpoch: number;
  readonly attributes: number;
  readonly baseTimestampMs: number;
  readonly maxTimestampMs: number;
  readonly producerId: bigint;
  readonly count: number;
  /** As they are stored: compressed, perhaps. */
  readonly records: Buffer;
  /** Of what `checked` holds. */
  readonly crc: number;
  readonly checked: Buffer;
  /** Where it ends in the answer. */
  readonly end: number;
}

/** The batch at `at`; undefined where the answer ends within it, as the last batch's may. */
export function storedBatchAt(answer: Buffer, at: number): StoredBatch | undefined {
  if (answer.length - at < prefixBytes) return undefined;
  const end = at + prefixBytes + answer.readInt32BE(at + 8);
  if (end > answer.length) return undefined;
  const magic = answer.readInt8(at + 16);
  if (magic !== 2) throw new RangeError(`a record batch of format ${magic}: written by a client older than Kafka 0.11`);
  const baseOffset = answer.readBigInt64BE(at);
  return {
    baseOffset,
    nextOffset: baseOffset + BigInt(answer.readInt32BE(at + 23)) + 1n,
    leaderEpoch: answer.readInt32BE(at + 12),
    attributes: answer.readInt16BE(at + 21),
    baseTimestampMs: Number(answer.readBigInt64BE(at + 27)),
    maxTimestampMs: Number(answer.readBigInt64BE(at + 35)),
    producerId: answer.readBigInt64BE(at + 43),
    count: answer.readInt32BE(at + 57),
    records: answer.subarray(at + headBytes, end),
    crc: answer.readUInt32BE(at + 17),
    checked: answer.subarray(at + 21, end),
    end,
  };
}

/** Whether a control batch ends its producer's transaction by committing it. */
export function isCommit(marker: StoredBatch): boolean {
  return endOf(marker) === 1;
}

/** Whether a control batch ends its producer's transaction by aborting it. */
export function isAbort(marker: StoredBatch): boolean {
  return endOf(marker) === 0;
}

/** What a marker says; undefined where compaction has emptied it, after all that its transaction wrote. */
function endOf({ count, records }: StoredBatch): number | undefined {
  // Length, attributes and the two differences are a byte each in a marker; then the key's length, its version and its type.
  return count === 0 ? undefined : records.readInt16BE(7);
}
