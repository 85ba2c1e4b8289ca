import { isPlayheadError } from '../base/errors.ts';
import type { Lease } from '../commit/held-lease.ts';
import { isSameHolder } from '../commit/holder.ts';
import { defaultTtlMs } from '../commit/lease.ts';
import { LeaseWatch } from '../commit/lease-watch.ts';
import { fairShare, type SeenLane } from './fair-share.ts';
import { type LaneOwner, laneLease } from './lane-owner.ts';
import { isFollowed, isHalfClosed, type Lane } from './lanes.ts';

/** Works on a lane, under its lease, until the signal aborts. */
export type LaneWork = (lane: Lane, lease: Lease, signal: AbortSignal) => Promise<void>;

interface HeldLane {
  readonly giveUp: AbortController;
  readonly ended: Promise<void>;
}

/** A worker looks so often in the time of a lease for lanes that are free, or asked of it. */
const looksALease = 12;

/**
 * A worker's part of an epoch's lanes. It takes what is free, gives up what another asks for, and asks the one that holds most
 * where that has two more than itself. So workers come to hold equally many, and when one dies the others take its lanes. They
 * know of each other by the leases alone.
 */
export class LaneShare {
  readonly #owner: LaneOwner;
  readonly #work: LaneWork;
  readonly #lanes: readonly { readonly lane: Lane; readonly watch: LeaseWatch }[];
  readonly #held = new Map<Lane, HeldLane>();
  readonly #failures: unknown[] = [];
  #lost: Lane[] = [];
  #wake = new AbortController();
  #told = false;

  constructor(owner: LaneOwner, lanes: readonly Lane[], work: LaneWork) {
    const { subject, ports, holder, effects } = owner;
    this.#owner = owner;
    this.#work = work;
    this.#lanes = lanes.map((lane) => {
      return { lane, watch: new LeaseWatch(ports.lake, laneLease(subject.address, lane.number), holder, effects) };
    });
  }

  /** Until the signal aborts or the epoch is over. When it returns or throws, this worker holds no lane any more. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted && this.#failures.length === 0 && !(await this.#isOver())) {
        if (!(await this.#balance(signal))) await this.#pause(signal);
      }
    } finally {
      for (const { giveUp } of this.#held.values()) giveUp.abort();
      await Promise.all([...this.#held.values()].map(({ ended }) => ended));
    }
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  /** Another epoch has begun, or whoever was to begin it has closed a lane that we then lost. */
  async #isOver(): Promise<boolean> {
    const lost = this.#lost;
    this.#lost = [];
    const [any] = this.#lanes;
    const { subject, ports } = this.#owner;
    if (any !== undefined && (await isFollowed(ports.lake, subject.address, any.lane))) return true;
    return isHalfClosed(lost);
  }

  /** Looks at the leases, and does what follows. True where a lane was taken: there may be more. */
  async #balance(signal: AbortSignal): Promise<boolean> {
    const { holder, options } = this.#owner;
    const seen = await Promise.all(
      this.#lanes.map(async ({ lane, watch }, number): Promise<SeenLane> => {
        const view = await watch.look();
        const held = this.#held.get(lane);
        if (held !== undefined && view.asked !== undefined && !isSameHolder(view.asked, holder)) held.giveUp.abort();
        return { number, view, isHeld: held !== undefined };
      }),
    );
    const { take, ask, standsBehind } = fairShare(seen, holder);
    if (take !== undefined) return this.#take(take, signal);
    for (const number of ask) await this.#lanes[number]?.watch.ask();
    if (standsBehind !== undefined && !this.#told) options.onStandingBy?.(standsBehind);
    this.#told ||= standsBehind !== undefined;
    return false;
  }

  async #take(number: number, signal: AbortSignal): Promise<boolean> {
    const { lane, watch } = this.#lanes[number] ?? {};
    const lease = await watch?.take(this.#owner.options.leaseTtlMs ?? defaultTtlMs);
    if (lane === undefined || lease === undefined) return false;
    const giveUp = new AbortController();
    const ended = this.#hold(lane, lease, giveUp.signal, signal).finally(() => {
      this.#held.delete(lane);
      this.#wake.abort();
    });
    this.#held.set(lane, { giveUp, ended });
    return true;
  }

  /** Never rejects: a failure ends the share, once all lanes have ended. */
  async #hold(lane: Lane, lease: Lease, givenUp: AbortSignal, stopped: AbortSignal): Promise<void> {
    const { effects, subject } = this.#owner;
    const say = (level: 'info' | 'warn', message: string): void =>
      effects.log.log(level, message, { delivery: subject.address });
    say('info', `works on lane ${lane.number} of ${lane.lanes}`);
    try {
      await this.#work(lane, lease, AbortSignal.any([givenUp, stopped])).finally(() => lease.release());
      say('info', `has given lane ${lane.number} back`);
    } catch (cause) {
      const isGivenUp = isPlayheadError(cause, 'PH_INTERRUPTED') && givenUp.aborted && !stopped.aborted;
      if (isPlayheadError(cause, 'PH_LEASE_LOST')) {
        say('warn', cause.message);
        this.#lost.push(lane);
      } else if (!isGivenUp) this.#failures.push(cause);
    }
  }

  /** Until it is time for another look, or a lane has ended. */
  async #pause(signal: AbortSignal): Promise<void> {
    this.#wake = new AbortController();
    const lookEveryMs = (this.#owner.options.leaseTtlMs ?? defaultTtlMs) / looksALease;
    const either = AbortSignal.any([signal, this.#wake.signal]);
    await this.#owner.effects.clock.sleep(lookEveryMs, either).catch((cause: unknown) => {
      if (!either.aborted) throw cause;
    });
  }
}
