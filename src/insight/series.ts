import { PlayheadError } from '../base/errors.ts';
import type { DetectorDefinition } from './definition.ts';

/** One row of `cellsSql`: what happened in one step under one combination of dimension values. */
export interface Cell {
  /** Since 1970. */
  readonly step: number;
  /** In the order of the detector's dimensions; '' where the table has none. */
  readonly values: readonly string[];
  /** In the order of the query: a count's one figure, a ratio's two. */
  readonly counts: readonly number[];
}

/** What incidents are told of: the whole, or what has one value of one dimension. */
export interface Scope {
  /** Absent: everything. */
  readonly dimension?: string;
  readonly value?: string;
}

/** The figures of one scope, step by step. */
export interface Series {
  readonly scope: Scope;
  /** Place of the dimension among the detector's; -1 for the whole. */
  readonly dimension: number;
  /** For each column of counts, a value a step from the first step on. */
  readonly columns: readonly Float64Array[];
}

/** More values than that make a dimension no dimension: customers, say. */
const mostSeries = 5000;

/** Sums cells into a series for the whole and one for each value of each dimension. */
export class SeriesTable {
  readonly firstStep: number;
  readonly steps: number;
  readonly #dimensions: readonly string[];
  readonly #columns: number;
  readonly #byKey = new Map<string, Series>();

  constructor(detector: DetectorDefinition, range: { readonly firstStep: number; readonly steps: number }) {
    this.firstStep = range.firstStep;
    this.steps = range.steps;
    this.#dimensions = Object.keys(detector.dimensions);
    this.#columns = Object.values(detector.measures).reduce((sum, { measure }) => sum + columnsOf[measure], 0);
    this.#seriesOf(-1, '');
  }

  get all(): Iterable<Series> {
    return this.#byKey.values();
  }

  add({ step, values, counts }: Cell): void {
    const at = step - this.firstStep;
    if (at < 0 || at >= this.steps) return;
    this.#addTo(this.#seriesOf(-1, ''), at, counts);
    for (const [dimension, value] of values.entries()) this.#addTo(this.#seriesOf(dimension, value), at, counts);
  }

  #addTo({ columns }: Series, at: number, counts: readonly number[]): void {
    for (const [i, column] of columns.entries()) column[at] = (column[at] ?? 0) + (counts[i] ?? 0);
  }

  #seriesOf(dimension: number, value: string): Series {
    const key = `${dimension} ${value}`;
    let series = this.#byKey.get(key);
    if (series === undefined) {
      const name = this.#dimensions[dimension];
      if (this.#byKey.size >= mostSeries) throw tooManyValues(name ?? '');
      series = {
        scope: name === undefined ? {} : { dimension: name, value },
        dimension,
        columns: Array.from({ length: this.#columns }, () => new Float64Array(this.steps)),
      };
      this.#byKey.set(key, series);
    }
    return series;
  }
}

/** How many columns of counts each kind of measure has. */
export const columnsOf = { count: 1, ratio: 2 } as const;

function tooManyValues(dimension: string): PlayheadError {
  return new PlayheadError('PH_CONFIG_INVALID', `the dimensions of the detector have more than ${mostSeries} values`, {
    hint: `The last one was of "${dimension}". A dimension groups many records: a country, not a customer.`,
  });
}

/** The sum of a column over the `length` steps that end before `end`. */
export function windowSum(column: ArrayLike<number> | undefined, end: number, length: number): number {
  let sum = 0;
  for (let at = Math.max(0, end - length); at < end; at += 1) sum += column?.[at] ?? 0;
  return sum;
}
