import type { Effects } from '../base/effects.ts';
import { isPlayheadError, PlayheadError } from '../base/errors.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { type Holder, isComparable, isDead, thisProcess } from './holder.ts';
import { encodeJson, type JsonObject, readJson } from './json-object.ts';

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
  /** Lets the next one in at once. Does nothing when the lease was lost. */
  release(): Promise<void>;
}

export interface LeaseSettings {
  /** What the holder does, for the message that another one gets. */
  readonly holder: string;
  /** How long the lease outlives its holder where nobody can tell that it died. Milliseconds, default 60,000. */
  readonly ttlMs?: number;
  /**
   * Wait for the present holder instead of failing with PH_LEASE_HELD; told once who that is. Without it, only a holder of
   * which nobody can tell whether it lives is watched, for at most its lease's time.
   */
  readonly wait?: { readonly signal: AbortSignal; readonly onHeld?: (holder: Holder) => void };
}

interface LeaseRecord {
  readonly holder: Holder;
  readonly ttlMs: number;
  readonly term: number;
  /** Rises with every renewal, so that each changes the object. */
  readonly beat: number;
  readonly released: boolean;
}

const defaultTtlMs = 60_000;

/**
 * Takes the lease `name` (a series' name, as a rule). One that is held is taken over when its holder is known to be
 * dead (its process ran on this machine and has ended), or, while waiting or watching, when it has not been renewed for its
 * whole time by our own monotonic clock: clocks of two machines are never compared.
 * Throws PH_LEASE_HELD (naming the holder), PH_INTERRUPTED when the signal aborts.
 */
export async function acquireLease(
  store: ObjectStore,
  name: string,
  settings: LeaseSettings,
  effects: Effects,
): Promise<Lease> {
  const key = `_playhead/leases/${name}.json`;
  const ttlMs = settings.ttlMs ?? defaultTtlMs;
  const holder = await thisProcess(settings.holder, effects);
  let watched: { readonly etag: string; readonly sinceMs: number } | undefined;
  for (;;) {
    const current = await readJson<LeaseRecord>(store, key);
    const nowMs = effects.clock.monotonicMs();
    const stale =
      watched !== undefined && watched.etag === current?.etag && nowMs - watched.sinceMs >= current.value.ttlMs;
    if (current === undefined || stale || current.value.released || (await isDead(current.value.holder, effects))) {
      const record = { holder, ttlMs, term: (current?.value.term ?? 0) + 1, beat: 0, released: false };
      const etag = await tryWrite(store, key, record, current);
      if (etag !== undefined) return heldLease(store, name, key, record, etag, nowMs, effects);
      continue;
    }
    const signsOfLife =
      (watched ?? current).etag !== current.etag || (await isComparable(current.value.holder, effects));
    if (settings.wait === undefined && signsOfLife) throw held(name, current.value.holder);
    if (watched === undefined) settings.wait?.onHeld?.(current.value.holder);
    if (watched?.etag !== current.etag) watched = { etag: current.etag, sinceMs: nowMs };
    if (settings.wait?.signal.aborted === true)
      throw new PlayheadError('PH_INTERRUPTED', `interrupted while waiting for ${name}`);
    await effects.clock.sleep(Math.min(1000, Math.max(1, current.value.ttlMs / 10)), settings.wait?.signal);
  }
}

function heldLease(
  store: ObjectStore,
  name: string,
  key: string,
  taken: LeaseRecord,
  takenEtag: string,
  takenMs: number,
  effects: Effects,
): Lease {
  let record = taken;
  let etag = takenEtag;
  let renewedMs = takenMs;
  let renewing: Promise<void> | undefined;
  const renew = async (): Promise<void> => {
    const nowMs = effects.clock.monotonicMs();
    if (nowMs - renewedMs < record.ttlMs / 3) return;
    const next = { ...record, beat: record.beat + 1 };
    const nextEtag = await tryWrite(store, key, next, { value: record, etag });
    if (nextEtag === undefined)
      throw new PlayheadError('PH_LEASE_LOST', `another process took over ${name} while this one stood still`, {
        hint: 'Nothing is lost: run it again, it goes on where the other one is.',
        details: { lease: name },
      });
    [record, etag, renewedMs] = [next, nextEtag, nowMs];
  };
  return {
    name,
    term: taken.term,
    // Workers of one holder may ask at once: two writes of one renewal would look like another's.
    renew: () => {
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
      return renewing;
    },
    release: async () => {
      await tryWrite(store, key, { ...record, beat: record.beat + 1, released: true }, { value: record, etag });
    },
  };
}

/** The new etag, undefined where another was first. */
async function tryWrite(
  store: ObjectStore,
  key: string,
  record: LeaseRecord,
  current: JsonObject<LeaseRecord> | undefined,
): Promise<string | undefined> {
  try {
    const condition = current === undefined ? { ifNoneMatch: '*' as const } : { ifMatch: current.etag };
    return (await store.put(key, encodeJson(record), condition)).etag;
  } catch (error) {
    if (isPlayheadError(error, 'PH_OBJECT_EXISTS') || isPlayheadError(error, 'PH_OBJECT_CHANGED')) return undefined;
    throw error;
  }
}

function held(name: string, holder: Holder): PlayheadError {
  const who = `${holder.name} (process ${holder.pid} on ${holder.machine.split('/')[0]})`;
  return new PlayheadError('PH_LEASE_HELD', `${name} is being worked on by ${who}`, {
    hint: 'Wait until it is done, or stop that process.',
    details: { lease: name, holder: holder.name, pid: holder.pid, machine: holder.machine },
  });
}
