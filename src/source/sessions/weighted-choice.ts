import type { SessionRandom } from './session-random.ts';

/**
 * Draws a value with a chance proportional to its weight, in constant time (Walker's alias method, Vose's set-up). A draw
 * looks at one cell alone: threshold, own value and alias stand side by side, because waiting for memory is most of its
 * cost.
 */
export class WeightedChoice {
  readonly size: number;
  /** By cell: threshold in 2^32nds less 2^31, own value, alias. */
  readonly #cells: Int32Array;

  /** Draws indexes, or the `values` at them. At least one weight must be above zero. */
  constructor(weights: ArrayLike<number>, values?: ArrayLike<number>) {
    const size = weights.length;
    let total = 0;
    for (let i = 0; i < size; i += 1) total += weights[i] ?? 0;
    if (!(total > 0)) throw new RangeError('a choice needs a weight above zero');
    const scaled = Float64Array.from({ length: size }, (_, i) => ((weights[i] ?? 0) * size) / total);
    const itemOf = (i: number): number => (values === undefined ? i : (values[i] ?? 0));
    this.size = size;
    this.#cells = new Int32Array(size * 3);
    for (let i = 0; i < size; i += 1) this.#fill(i, 1, itemOf(i), itemOf(i));
    const poor: number[] = [];
    const rich: number[] = [];
    for (let i = 0; i < size; i += 1) ((scaled[i] ?? 0) < 1 ? poor : rich).push(i);
    for (;;) {
      const less = poor.pop();
      const more = rich.pop();
      // What is left on one side is 1 but for rounding.
      if (less === undefined || more === undefined) return;
      this.#fill(less, scaled[less] ?? 0, itemOf(less), itemOf(more));
      const rest = (scaled[more] ?? 0) + (scaled[less] ?? 0) - 1;
      scaled[more] = rest;
      (rest < 1 ? poor : rich).push(more);
    }
  }

  draw(random: SessionRandom): number {
    return this.at(random.float());
  }

  /** The value for a number in [0, 1): what a hash draws in place of a stream. */
  at(unit: number): number {
    const place = unit * this.size;
    const index = Math.floor(place);
    const below = (place - index) * 4294967296 - 2147483648 < (this.#cells[index * 3] ?? 0);
    return this.#cells[index * 3 + (below ? 1 : 2)] ?? 0;
  }

  #fill(index: number, threshold: number, value: number, alias: number): void {
    this.#cells[index * 3] = Math.min(2147483647, Math.round(threshold * 4294967296 - 2147483648));
    this.#cells[index * 3 + 1] = value;
    this.#cells[index * 3 + 2] = alias;
  }
}
