import type { Series } from './series.ts';

/** What speaks for an incident in one series, over one window up to now. */
export interface Evidence {
  readonly series: Series;
  /** In steps. */
  readonly window: number;
  /** How improbable it is without an incident; comparable within one measure, higher is more. */
  readonly strength: number;
  /** Significant by itself, at the detector's sensitivity; else only enough to keep an incident going. */
  readonly raises: boolean;
  /** The figure, and what is usual: a ratio, or a count in the window. */
  readonly observed: number;
  readonly usual: number;
  /** What `observed` is out of, for a ratio. */
  readonly volume?: number;
}

/** Part of the rows of a window, to be left out: those of another incident. */
export interface LeftOut {
  /** Of this series' rows in the window: a count, or for a ratio both figures. */
  readonly counts: readonly number[];
  /** Of the usual count of this series, what is left out with them; for counts only. */
  readonly usual: number;
}

/**
 * Whether a window of a series can be judged: `unlearned` where nothing is known to judge it by, `few` where less happens in it, or
 * usually does, than is judged.
 */
export type Readiness = 'judged' | 'unlearned' | 'few';

/** Judges the windows of a series. One for each measure. */
export interface Judge {
  /** Learns the usual anew from all steps before `end`. */
  learn(end: number, wasIncident: Uint8Array): void;
  /** Undefined where nothing is out of the ordinary. `level`: chance of a false alarm for this one look. */
  judge(series: Series, end: number, window: number, level: number, leftOut?: LeftOut): Evidence | undefined;
  /** Where it is not `judged`, that nothing is out of the ordinary says nothing. */
  readiness(series: Series, end: number, window: number): Readiness;
  /** The usual count of a series in a window; 0 for ratios. */
  usualCount(series: Series, end: number, window: number): number;
}
