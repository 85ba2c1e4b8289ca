import type { Effects } from '../base/effects.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { heldLease, type Lease } from './held-lease.ts';
import { type Holder, isComparable, isDead, isSameHolder } from './holder.ts';
import type { JsonObject } from './json-object.ts';
import { type LeaseRecord, readLease, tryWriteLease } from './lease-record.ts';

/** A lease as `me` sees it. */
export interface LeaseView {
  /** Whoever looks may take it now. */
  readonly free: boolean;
  /** Who has it, or has asked for it and will get it next; absent where nobody does. */
  readonly owner?: Holder;
  /** Who works under it now, as far as can be known; absent where nobody does. */
  readonly holder?: Holder;
  /** Who waits for the holder to give it up. */
  readonly asked?: Holder;
  /** Whether the holder has shown that it lives: it is on this machine, or the lease changed while it was watched. */
  readonly showsLife: boolean;
  /** How long the lease outlives its holder, ms; 0 where there is none. */
  readonly ttlMs: number;
}

/**
 * A lease, watched by one who may want it. It is free when it was given back, when its holder is known to be dead (its process
 * ran on this machine and has ended), or when nobody renewed it for its whole time by our own monotonic clock: clocks of two
 * machines are never compared. One that was given back for somebody who asked is that one's alone, until he is gone too.
 */
export class LeaseWatch {
  readonly #store: ObjectStore;
  readonly #name: string;
  readonly #me: Holder;
  readonly #effects: Effects;
  #seen: JsonObject<LeaseRecord> | undefined;
  #sinceMs = 0;
  #changed = false;

  constructor(store: ObjectStore, name: string, me: Holder, effects: Effects) {
    this.#store = store;
    this.#name = name;
    this.#me = me;
    this.#effects = effects;
  }

  /** Reads it. */
  async look(): Promise<LeaseView> {
    const current = await readLease(this.#store, this.#name);
    const nowMs = this.#effects.clock.monotonicMs();
    if (current?.etag !== this.#seen?.etag) {
      this.#changed = this.#seen !== undefined;
      this.#sinceMs = nowMs;
    }
    this.#seen = current;
    if (current === undefined) return { free: true, showsLife: false, ttlMs: 0 };
    const { holder, ttlMs, released } = current.value;
    const stale = nowMs - this.#sinceMs >= ttlMs;
    const asked = stale ? undefined : await this.#living(current.value.asked);
    const working = released || stale ? undefined : await this.#living(holder);
    const owner = asked ?? working;
    return {
      free: working === undefined && (asked === undefined || isSameHolder(asked, this.#me)),
      ...(owner === undefined ? {} : { owner }),
      ...(working === undefined ? {} : { holder: working }),
      ...(asked === undefined ? {} : { asked }),
      showsLife: this.#changed || (await isComparable(holder, this.#effects)),
      ttlMs,
    };
  }

  /** Takes it as it was seen last; undefined where another was first. */
  async take(ttlMs: number): Promise<Lease | undefined> {
    const nowMs = this.#effects.clock.monotonicMs();
    const term = (this.#seen?.value.term ?? 0) + 1;
    const value = { holder: this.#me, ttlMs, term, beat: 0, released: false };
    const etag = await tryWriteLease(this.#store, this.#name, value, this.#seen);
    return etag === undefined ? undefined : heldLease(this.#store, this.#name, { value, etag }, nowMs, this.#effects);
  }

  /** Asks the holder, as it was seen last, to give it up to us as soon as it can. Nothing where another wrote meanwhile. */
  async ask(): Promise<void> {
    if (this.#seen === undefined) return;
    const value = { ...this.#seen.value, beat: this.#seen.value.beat + 1, asked: this.#me };
    const etag = await tryWriteLease(this.#store, this.#name, value, this.#seen);
    // What we wrote ourselves is no sign of the holder's life: its time goes on.
    if (etag !== undefined) this.#seen = { value, etag };
  }

  async #living(holder: Holder | undefined): Promise<Holder | undefined> {
    return holder === undefined || (await isDead(holder, this.#effects)) ? undefined : holder;
  }
}
