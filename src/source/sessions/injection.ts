import { PlayheadError } from '../../base/errors.ts';
import { checkIncident, type Incident } from './incidents.ts';
import { hash2 } from './session-random.ts';

/**
 * Faults that the simulator makes on request. It never takes an event away: it delays some, and adds broken or repeated
 * copies of others. What is not touched is the same, byte for byte, with and without.
 */
export interface Injection {
  /** Share of events that arrive after a delay, and its bounds. */
  readonly late?: { readonly share: number; readonly minDelayMs: number; readonly maxDelayMs: number };
  /** Share of events that arrive just after the next event of their session. */
  readonly outOfOrder?: { readonly share: number };
  /** Share of events that arrive again, the same bytes. */
  readonly duplicated?: { readonly share: number; readonly maxDelayMs: number };
  /** Share of events that arrive again with the same id and another payload: key conflicts. */
  readonly conflicting?: { readonly share: number; readonly maxDelayMs: number };
  /** Share of events of which a broken copy arrives besides. */
  readonly malformed?: { readonly share: number };
  /** Share of events of which a copy arrives besides that is an object, but breaks a rule of its fields. */
  readonly invalid?: { readonly share: number };
  readonly incidents?: readonly Incident[];
}

const dayMs = 86_400_000;
/** An event is only overtaken by one that follows within this time. */
export const overtakenWithinMs = 600_000;

/** Throws PH_USAGE for shares outside [0, 1] and delays outside a day. */
export function checkInjection(injection: Injection): Injection {
  const { late, outOfOrder, duplicated, conflicting, malformed, invalid, incidents = [] } = injection;
  for (const [name, settings] of Object.entries({ late, outOfOrder, duplicated, conflicting, malformed, invalid })) {
    if (settings !== undefined && !(settings.share >= 0 && settings.share <= 1))
      throw new PlayheadError('PH_USAGE', `the share of ${name} records is ${settings.share}: from 0 to 1`);
  }
  if (late !== undefined && !(late.minDelayMs > 0 && late.minDelayMs <= late.maxDelayMs && late.maxDelayMs <= dayMs))
    throw new PlayheadError('PH_USAGE', 'late records are delayed by more than 0 and at most 24 hours');
  for (const repeated of [duplicated, conflicting]) {
    if (repeated !== undefined && !(repeated.maxDelayMs > 0 && repeated.maxDelayMs <= dayMs))
      throw new PlayheadError('PH_USAGE', 'repeated records follow within more than 0 and at most 24 hours');
  }
  incidents.forEach(checkIncident);
  return injection;
}

/** The longest that anything arrives after its event took place. */
export function maxDelayMs({ late, outOfOrder, duplicated, conflicting }: Injection): number {
  const first = Math.max(late?.maxDelayMs ?? 0, outOfOrder === undefined ? 0 : overtakenWithinMs + 1000);
  return first + Math.max(duplicated?.maxDelayMs ?? 0, conflicting?.maxDelayMs ?? 0);
}

const purposes = { late: 1, outOfOrder: 2, duplicated: 3, conflicting: 4, malformed: 5, invalid: 6 } as const;

/** Decides, by the event's identity alone, what is done to it. */
export class Injector {
  readonly injection: Injection;
  readonly active: boolean;
  readonly #seed: number;
  #word = 0;

  constructor(injection: Injection, seed: number) {
    this.injection = injection;
    this.active = Object.entries(injection).some(([name, value]) => name !== 'incidents' && value !== undefined);
    this.#seed = hash2(seed, 0x1713);
  }

  /** The event that the next questions are about. */
  about(sequenceHigh: number, sequenceLow: number): void {
    this.#word = hash2(hash2(this.#seed, sequenceHigh), sequenceLow);
  }

  /** Delay in ms, 0 for none. */
  lateBy(): number {
    const { late } = this.injection;
    if (late === undefined || this.#unit(purposes.late) >= late.share) return 0;
    return Math.floor(late.minDelayMs + this.#unit(purposes.late + 16) * (late.maxDelayMs - late.minDelayMs));
  }

  /** ms after the session's next event, 0 for none. */
  overtakenBy(): number {
    const { outOfOrder } = this.injection;
    if (outOfOrder === undefined || this.#unit(purposes.outOfOrder) >= outOfOrder.share) return 0;
    return 1 + Math.floor(this.#unit(purposes.outOfOrder + 16) * 999);
  }

  /** ms until the copy arrives, 0 for none. */
  repeatedAfter(kind: 'duplicated' | 'conflicting'): number {
    const settings = this.injection[kind];
    if (settings === undefined || this.#unit(purposes[kind]) >= settings.share) return 0;
    return 1 + Math.floor(this.#unit(purposes[kind] + 16) * (settings.maxDelayMs - 1));
  }

  /** Whether a copy of this kind arrives besides. */
  spoils(kind: 'malformed' | 'invalid'): boolean {
    const settings = this.injection[kind];
    return settings !== undefined && this.#unit(purposes[kind]) < settings.share;
  }

  #unit(purpose: number): number {
    return (hash2(this.#word, purpose) >>> 0) / 4294967296;
  }
}
