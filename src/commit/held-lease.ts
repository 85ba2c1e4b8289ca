import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { isSameHolder } from './holder.ts';
import type { JsonObject } from './json-object.ts';
import { type LeaseRecord, readLease, tryWriteLease } from './lease-record.ts';

/**
 * The right to be the one writer of something, kept as one object in the lake and changed only by conditional writes.
 * A lease spares work: it keeps two writers from doing the same. That nothing is committed twice doesn't depend on it:
 * commits are conditional writes of their own, so a holder that slept past its lease can do no harm.
 */
export interface Lease {
  readonly name: string;
  /** Rises with every acquisition. */
  readonly term: number;
  /** Extends the lease when a third of it has passed; call it at each step of the work. PH_LEASE_LOST when another took it. */
  renew(): Promise<void>;
  /** Lets the next one in at once: who asked for it, if somebody did. Does nothing when the lease was lost. */
  release(): Promise<void>;
}

/** The lease of whoever wrote `taken`, at `takenMs` by the monotonic clock. */
export function heldLease(
  store: ObjectStore,
  name: string,
  taken: JsonObject<LeaseRecord>,
  takenMs: number,
  effects: Effects,
): Lease {
  let current = taken;
  let renewedMs = takenMs;
  let renewing: Promise<void> | undefined;
  /** False where the lease is another's. Who asks for it writes into it, too: as long as term and holder are ours, so is the lease. */
  const write = async (change: Partial<LeaseRecord>): Promise<boolean> => {
    for (;;) {
      const record = { ...current.value, beat: current.value.beat + 1, ...change };
      const etag = await tryWriteLease(store, name, record, current);
      if (etag !== undefined) {
        current = { value: record, etag };
        return true;
      }
      const stored = await readLease(store, name);
      if (stored === undefined || !isOurs(stored.value)) return false;
      current = stored;
    }
  };
  const isOurs = ({ term, holder, released }: LeaseRecord): boolean =>
    term === taken.value.term && isSameHolder(holder, taken.value.holder) && !released;
  const renew = async (): Promise<void> => {
    const nowMs = effects.clock.monotonicMs();
    if (nowMs - renewedMs < current.value.ttlMs / 3) return;
    if (!(await write({})))
      throw new PlayheadError('PH_LEASE_LOST', `another process took over ${name} while this one stood still`, {
        hint: 'Nothing is lost: run it again, it goes on where the other one is.',
        details: { lease: name },
      });
    renewedMs = nowMs;
  };
  return {
    name,
    term: taken.value.term,
    // Workers of one holder may ask at once: two writes of one renewal would look like another's.
    renew: () => {
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
      return renewing;
    },
    release: async () => {
      await write({ released: true });
    },
  };
}
