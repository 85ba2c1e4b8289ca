import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { Lease } from './held-lease.ts';
import { type Holder, thisProcess } from './holder.ts';
import { LeaseWatch } from './lease-watch.ts';

export interface LeaseSettings {
  /** What the holder does, for the message that another one gets; or who that is, where it holds several. */
  readonly holder: string | Holder;
  /** How long the lease outlives its holder where nobody can tell that it died. Milliseconds, default 60,000. */
  readonly ttlMs?: number;
  /**
   * Wait for the present holder instead of failing with PH_LEASE_HELD; told once who that is. Without it, only a holder of
   * which nobody can tell whether it lives is watched, for at most its lease's time.
   */
  readonly wait?: {
    readonly signal: AbortSignal;
    readonly onHeld?: (holder: Holder) => void;
    /** Ask the holder to give it up: one that shares what it does then goes no further than its next step. */
    readonly ask?: boolean;
  };
  /** Done at each look while the lease is another's: who holds others already renews them here. */
  readonly meanwhile?: () => Promise<void>;
}

export const defaultTtlMs = 60_000;

/**
 * Takes the lease `name` (a series' name, as a rule) when it is free: see `LeaseWatch`.
 * Throws PH_LEASE_HELD (naming the holder), PH_INTERRUPTED when the signal aborts.
 */
export async function acquireLease(
  store: ObjectStore,
  name: string,
  settings: LeaseSettings,
  effects: Effects,
): Promise<Lease> {
  const { wait, ttlMs = defaultTtlMs, meanwhile } = settings;
  const me = typeof settings.holder === 'string' ? await thisProcess(settings.holder, effects) : settings.holder;
  const watch = new LeaseWatch(store, name, me, effects);
  for (let told = false; ; ) {
    const view = await watch.look();
    const { owner } = view;
    if (view.free || owner === undefined) {
      const lease = await watch.take(ttlMs);
      if (lease !== undefined) return lease;
      throwIfOver(name, wait?.signal);
      continue;
    }
    if (wait === undefined && view.showsLife) throw held(name, owner);
    if (!told) wait?.onHeld?.(owner);
    told = true;
    if (wait?.ask === true && view.asked === undefined) await watch.ask();
    throwIfOver(name, wait?.signal);
    await meanwhile?.();
    await effects.clock.sleep(Math.min(1000, Math.max(1, view.ttlMs / 10)), wait?.signal);
  }
}

function throwIfOver(name: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new PlayheadError('PH_INTERRUPTED', `interrupted while waiting for ${name}`);
}

function held(name: string, holder: Holder): PlayheadError {
  const who = `${holder.name} (process ${holder.pid} on ${holder.machine.split('/')[0]})`;
  return new PlayheadError('PH_LEASE_HELD', `${name} is being worked on by ${who}`, {
    hint: 'Wait until it is done, or stop that process.',
    details: { lease: name, holder: holder.name, pid: holder.pid, machine: holder.machine },
  });
}
