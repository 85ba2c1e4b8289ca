/** The median of values in ascending order; NaN of none. */
export function sortedMedian(sorted: ArrayLike<number>): number {
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export function median(values: ArrayLike<number>): number {
  return sortedMedian(Float64Array.from(values).sort());
}

/** Makes the median absolute deviation of a normal distribution its standard deviation. */
export const madScale = 1.4826;

/** Median absolute deviation from `centre`, scaled as a standard deviation. */
export function scaledMad(values: Float64Array, centre: number): number {
  return madScale * median(values.map((value) => Math.abs(value - centre)));
}
