import { attribute, isAbort, type StoredBatch, storedBatchAt } from './batch-head.ts';
import type { FetchedPartition } from './requests.ts';

/** A batch of a fetch's answer. `records` false: a marker, or what an aborted transaction left. */
export interface WalkedBatch {
  readonly stored: StoredBatch;
  readonly records: boolean;
}

/**
 * The batches of a fetch's answer, one after the other, with the records of aborted transactions told apart as Kafka's
 * own clients do: the answer names the producers that aborted and from where on, a marker ends each.
 */
export class StoredBatches {
  readonly lastStableOffset: bigint;
  readonly #answer: FetchedPartition;
  readonly #aborts: { readonly producerId: bigint; readonly firstOffset: bigint }[];
  readonly #aborting = new Set<bigint>();
  #at = 0;

  constructor(answer: FetchedPartition) {
    this.#answer = answer;
    this.lastStableOffset = answer.lastStableOffset;
    this.#aborts = answer.aborted.toSorted((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
  }

  /** Whether another batch lies here whole: the last of an answer may be cut. */
  get hasNext(): boolean {
    return storedBatchAt(this.#answer.batches, this.#at) !== undefined;
  }

  next(): WalkedBatch | undefined {
    const stored = storedBatchAt(this.#answer.batches, this.#at);
    if (stored === undefined) return undefined;
    this.#at = stored.end;
    const { attributes, producerId, nextOffset } = stored;
    for (let [abort] = this.#aborts; abort !== undefined && abort.firstOffset < nextOffset; [abort] = this.#aborts) {
      this.#aborting.add(abort.producerId);
      this.#aborts.shift();
    }
    if ((attributes & attribute.control) !== 0) {
      if (isAbort(stored)) this.#aborting.delete(producerId);
      return { stored, records: false };
    }
    const isAborted = (attributes & attribute.transactional) !== 0 && this.#aborting.has(producerId);
    return { stored, records: !isAborted };
  }
}
