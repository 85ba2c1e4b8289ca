import type { FieldDifference } from './payload.ts';

/** What can be wrong with a record. */
export const findingKinds = ['missing', 'doubled', 'altered', 'extra'] as const;
export type FindingKind = (typeof findingKinds)[number];

/** Where a record stands: `telemetry/3` position `41`, or an object and its line or row. */
export interface Place {
  readonly container: string;
  readonly at: string;
}

/** The same, as rows have it: their container by its number. */
export interface RowPlace {
  readonly container: number;
  readonly at: string;
}

/** One record that is not as it should be, with what is needed to look it up. */
export interface Sample<P = Place> {
  readonly kind: FindingKind;
  readonly key: string;
  readonly timeMs?: number;
  readonly stream?: P;
  readonly lake?: readonly P[];
  /** Of an altered one. */
  readonly fields?: readonly FieldDifference[];
}

/**
 * Records, each counted once: `stream = whole + altered + missing + deduplicated` and
 * `lake = whole + altered + doubled + extra`, where an altered record of the lake whose key the stream holds with
 * other records, all of them found, is among `reworked` as well, which the stream's sum leaves out.
 */
export interface Counts {
  stream: number;
  lake: number;
  /** In the lake as in the stream. */
  whole: number;
  missing: number;
  doubled: number;
  altered: number;
  extra: number;
  /** Repetitions in the stream, of the same key and content, which the lake holds fewer times. No difference. */
  deduplicated: number;
  reworked: number;
}

const noCounts = (): Counts => ({
  stream: 0,
  lake: 0,
  whole: 0,
  missing: 0,
  doubled: 0,
  altered: 0,
  extra: 0,
  deduplicated: 0,
  reworked: 0,
});

const hourMs = 3_600_000;

/** Gathers what was found: totals, by hour, by field, and the first samples of each kind. */
export class Findings {
  readonly total: Counts = noCounts();
  /** By the hour's begin, ms since 1970 UTC; NaN holds what has no time. */
  readonly byHour = new Map<number, Counts>();
  readonly alteredFields = new Map<string, number>();
  readonly samples: Sample<RowPlace>[] = [];
  readonly #mostSamples: number;
  readonly #range: { readonly fromMs: number; readonly toMs: number };

  constructor(mostSamples: number, range: { readonly fromMs: number; readonly toMs: number }) {
    this.#mostSamples = mostSamples;
    this.#range = range;
  }

  /** False for a record whose time is known, and is outside of what was asked for. */
  covers(timeMs: number): boolean {
    return Number.isNaN(timeMs) || (timeMs >= this.#range.fromMs && timeMs < this.#range.toMs);
  }

  count(timeMs: number, counts: Partial<Counts>): void {
    const hour = Math.floor(timeMs / hourMs) * hourMs;
    let own = this.byHour.get(hour);
    if (own === undefined) {
      own = noCounts();
      this.byHour.set(hour, own);
    }
    for (const [name, value] of Object.entries(counts)) {
      own[name as keyof Counts] += value;
      this.total[name as keyof Counts] += value;
    }
  }

  sample(kind: FindingKind, make: () => Omit<Sample<RowPlace>, 'kind'>): void {
    if (this.samples.filter((sample) => sample.kind === kind).length < this.#mostSamples)
      this.samples.push({ kind, ...make() });
  }

  altered(fields: readonly FieldDifference[]): void {
    for (const { field } of fields) this.alteredFields.set(field, (this.alteredFields.get(field) ?? 0) + 1);
  }
}
