import type { Clock } from '../base/effects.ts';
import type { Attributes, Meter } from '../base/meter.ts';
import { type Accumulating, type Aggregate, accumulate, accumulating } from './aggregate.ts';

/** The shortest slot that history keeps: CloudWatch's shortest period of an alarm, 10 s. */
export const slotMs = 10_000;

/** Slots that wait to be written at most, some tens of MB: a history that can't be written must not take all memory. */
const mostGivenBack = 50_000;

/** Measurements of one series in one slot. */
export interface RecordedSlot {
  /** Name of the OpenTelemetry instrument. */
  readonly instrument: string;
  readonly attributes: Attributes;
  /** Begin of the slot, ms since 1970 UTC. */
  readonly atMs: number;
  readonly aggregate: Aggregate;
}

export type InstrumentKind = 'counter' | 'histogram' | 'gauge';

export interface Measurement {
  readonly instrument: string;
  readonly kind: InstrumentKind;
  readonly unit?: string;
  readonly description?: string;
  readonly value: number;
  readonly attributes: Attributes;
}

/** A meter that keeps what it measures, by slots of time, until someone takes it. */
export interface Recorder {
  readonly meter: Meter;
  /** Takes out what was measured since the last call. */
  take(): readonly RecordedSlot[];
  /** Puts back what could not be written, so that a failed write loses nothing while there is room. */
  giveBack(slots: readonly RecordedSlot[]): void;
  /** Measurements that were given back and found no room, since the last call. */
  dropped(): number;
  /** Tells of each measurement as it is taken: for an exporter beside the history. */
  listen(listener: (measurement: Measurement) => void): void;
}

/**
 * OpenTelemetry's metrics interface over slots stamped by `clock`. Not the SDK: it stamps a whole collection with the wall
 * clock of its end, so that a simulated day would lie in the minute in which it was simulated.
 * Observable instruments are refused: nobody would ask them at a simulated time. Sample a gauge instead.
 */
export function recorder(clock: Clock): Recorder {
  const slots = new Map<string, RecordedSlot & { readonly aggregate: Accumulating }>();
  /** Slots that could not be written; what is measured since stands apart, until both are taken. */
  let givenBack: readonly RecordedSlot[] = [];
  let dropped = 0;
  const listeners: ((measurement: Measurement) => void)[] = [];
  const keep = (instrument: string, attributes: Attributes, value: number): void => {
    const atMs = Math.floor(clock.now() / slotMs) * slotMs;
    const key = `${atMs} ${instrument} ${attributesText(attributes)}`;
    let slot = slots.get(key);
    if (slot === undefined) {
      slot = { instrument, attributes, atMs, aggregate: accumulating() };
      slots.set(key, slot);
    }
    accumulate(slot.aggregate, value);
  };
  const instrument =
    (kind: InstrumentKind): Meter['createHistogram'] & Meter['createCounter'] =>
    (name, options = {}) => {
      const { unit, description } = options;
      const described = {
        ...(unit === undefined ? {} : { unit }),
        ...(description === undefined ? {} : { description }),
      };
      const take = (value: number, attributes: Attributes = {}): void => {
        keep(name, attributes, value);
        for (const listener of listeners) listener({ instrument: name, kind, value, attributes, ...described });
      };
      return { add: take, record: take };
    };
  return {
    meter: {
      createCounter: instrument('counter'),
      createUpDownCounter: instrument('counter'),
      createHistogram: instrument('histogram'),
      createGauge: instrument('gauge'),
      createObservableCounter: refuse,
      createObservableUpDownCounter: refuse,
      createObservableGauge: refuse,
      addBatchObservableCallback: refuse,
      removeBatchObservableCallback: refuse,
    },
    take: () => {
      const taken = [...givenBack, ...slots.values()];
      slots.clear();
      givenBack = [];
      return taken;
    },
    giveBack: (given) => {
      const all = [...given, ...givenBack];
      givenBack = all.slice(-mostGivenBack);
      dropped += measurementsIn(all.slice(0, -mostGivenBack));
    },
    dropped: () => {
      const since = dropped;
      dropped = 0;
      return since;
    },
    listen: (listener) => listeners.push(listener),
  };
}

export function measurementsIn(slots: readonly RecordedSlot[]): number {
  return slots.reduce((sum, { aggregate }) => sum + aggregate.count, 0);
}

/** One text for the same attributes in whatever order. */
export function attributesText(attributes: Attributes): string {
  return JSON.stringify(Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))));
}

function refuse(): never {
  throw new TypeError('this meter records measurements as they are made: sample a gauge');
}
