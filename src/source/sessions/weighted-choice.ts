import type { SessionRandom } from './session-random.ts';

/** Draws an index with a chance proportional to its weight, in constant time (Walker's alias method, Vose's set-up). */
export class WeightedChoice {
  readonly #threshold: Float64Array;
  readonly #alias: Int32Array;
  readonly size: number;

  /** At least one weight must be above zero. */
  constructor(weights: ArrayLike<number>) {
    const size = weights.length;
    let total = 0;
    for (let i = 0; i < size; i += 1) total += weights[i] ?? 0;
    if (!(total > 0)) throw new RangeError('a choice needs a weight above zero');
    this.size = size;
    this.#threshold = new Float64Array(size).fill(1);
    this.#alias = Int32Array.from({ length: size }, (_, i) => i);
    const scaled = Float64Array.from({ length: size }, (_, i) => ((weights[i] ?? 0) * size) / total);
    const poor: number[] = [];
    const rich: number[] = [];
    for (let i = 0; i < size; i += 1) ((scaled[i] ?? 0) < 1 ? poor : rich).push(i);
    for (;;) {
      const less = poor.pop();
      if (less === undefined) return;
      const more = rich.pop();
      if (more === undefined) {
        this.#threshold[less] = 1;
        continue;
      }
      this.#threshold[less] = scaled[less] ?? 0;
      this.#alias[less] = more;
      const rest = (scaled[more] ?? 0) + (scaled[less] ?? 0) - 1;
      scaled[more] = rest;
      (rest < 1 ? poor : rich).push(more);
    }
  }

  draw(random: SessionRandom): number {
    return this.at(random.float());
  }

  /** The index for a number in [0, 1): what a hash draws in place of a stream. */
  at(unit: number): number {
    const place = unit * this.size;
    const index = Math.floor(place);
    return place - index < (this.#threshold[index] ?? 1) ? index : (this.#alias[index] ?? index);
  }
}
