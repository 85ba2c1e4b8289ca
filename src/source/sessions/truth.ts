import type { EventKind, RowVariant } from './event-rows.ts';
import type { Incident } from './incidents.ts';
import type { InvalidForm } from './invalid.ts';
import type { MalformedForm } from './malformed.ts';

/** One record that is not simply an event on time. */
export interface InjectedRecord {
  readonly injected: Exclude<RowVariant, 'clean'>;
  readonly source: string;
  readonly sequence: bigint;
  /** As the record has it, with the pipeline's prefix. */
  readonly eventId: string;
  readonly eventTimeMs: number;
  readonly arrivalMs: number;
  readonly form?: MalformedForm | InvalidForm;
}

export type VariantCounts = Record<RowVariant, number>;

function noCounts(): VariantCounts {
  return { clean: 0, late: 0, 'out-of-order': 0, duplicate: 0, conflict: 0, malformed: 0, invalid: 0 };
}

/** What the simulator made: to be held against what came out at the other end. */
export interface TruthSink {
  injected(record: InjectedRecord): void;
  /** Records of one arrival hour, and the events that took place in one hour; several calls for an hour add up. */
  arrived(arrivalHourMs: number, variant: RowVariant): void;
  tookPlace(eventHourMs: number, kind: EventKind): void;
}

/** Of one hour: distinct events, and the sessions that began and ended with one. */
interface HourCounts {
  events: number;
  begun: number;
  ended: number;
}

/** What a truth file says of the run as a whole. */
export interface TruthRun {
  readonly source: string;
  readonly seed: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly incidents: readonly Incident[];
}

/**
 * Collects the truth of a run as NDJSON: a `run` line, a line for each incident and each injected record, for each
 * arrival hour and each event hour its counts, and the totals. `events` are distinct events; `records` is what was sent.
 * Lines of injected records go out as they come, so that memory does not grow with them.
 */
export class TruthFile implements TruthSink {
  readonly #write: (line: string) => void;
  readonly #byArrivalHour = new Map<number, VariantCounts>();
  readonly #byEventHour = new Map<number, HourCounts>();

  constructor(run: TruthRun, write: (line: string) => void) {
    this.#write = write;
    this.#line({ kind: 'run', source: run.source, seed: run.seed, from: iso(run.fromMs), to: iso(run.toMs) });
    for (const { kind, fromMs, toMs, magnitude, where } of run.incidents)
      this.#line({ kind: 'incident', incident: kind, from: iso(fromMs), to: iso(toMs), magnitude, where });
  }

  injected({ injected, source, sequence, eventId, eventTimeMs, arrivalMs, form }: InjectedRecord): void {
    this.#line({
      kind: 'record',
      injected,
      source,
      sequence: String(sequence),
      eventId,
      eventTime: iso(eventTimeMs),
      arrival: iso(arrivalMs),
      ...(form === undefined ? {} : { form }),
    });
  }

  arrived(arrivalHourMs: number, variant: RowVariant): void {
    let counts = this.#byArrivalHour.get(arrivalHourMs);
    if (counts === undefined) {
      counts = noCounts();
      this.#byArrivalHour.set(arrivalHourMs, counts);
    }
    counts[variant] += 1;
  }

  tookPlace(eventHourMs: number, kind: EventKind): void {
    let counts = this.#byEventHour.get(eventHourMs);
    if (counts === undefined) {
      counts = { events: 0, begun: 0, ended: 0 };
      this.#byEventHour.set(eventHourMs, counts);
    }
    counts.events += 1;
    if (kind === 'start') counts.begun += 1;
    if (kind === 'stop' || kind === 'complete') counts.ended += 1;
  }

  /** Writes the hours and the totals. Returns the totals. */
  end(): { readonly records: number; readonly events: number; readonly byVariant: VariantCounts } {
    const byVariant = noCounts();
    let records = 0;
    for (const [hour, counts] of sorted(this.#byArrivalHour)) {
      this.#line({ kind: 'arrival-hour', hour: iso(hour), ...counts });
      for (const variant of Object.keys(counts) as RowVariant[]) {
        byVariant[variant] += counts[variant];
        records += counts[variant];
      }
    }
    let events = 0;
    for (const [hour, counts] of sorted(this.#byEventHour)) {
      this.#line({ kind: 'event-hour', hour: iso(hour), ...counts });
      events += counts.events;
    }
    this.#line({ kind: 'totals', records, events, ...byVariant });
    return { records, events, byVariant };
  }

  #line(line: Readonly<Record<string, unknown>>): void {
    this.#write(`${JSON.stringify(line)}\n`);
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function sorted<T>(hours: ReadonlyMap<number, T>): [number, T][] {
  return [...hours].sort(([a], [b]) => a - b);
}
