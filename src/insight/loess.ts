/** How a curve is fitted through equally spaced values: at 1, 2, … n. */
export interface LoessSettings {
  /** Neighbours that count, odd; more than there are values makes a smoother curve. */
  readonly window: number;
  readonly degree: 0 | 1;
  /** Every so many values are fitted; those between are interpolated. */
  readonly jump: number;
}

/** Locally weighted regression at each value, with weights of robustness where given (Cleveland et al. 1990, 2). */
export function loess(values: Float64Array, settings: LoessSettings, robustness?: Float64Array): Float64Array {
  const n = values.length;
  const smooth = new Float64Array(n);
  if (n < 2) {
    smooth.set(values);
    return smooth;
  }
  const jump = Math.min(settings.jump, n - 1);
  const fit = (at: number): void => {
    const [from, to] = neighbours(at, n, settings.window);
    smooth[at] = loessAt(values, at, from, to, settings, robustness) ?? values[at] ?? 0;
  };
  let last = 0;
  for (let at = 0; at < n; at += jump) {
    fit(at);
    if (at > 0) interpolate(smooth, last, at);
    last = at;
  }
  if (last < n - 1) {
    fit(n - 1);
    interpolate(smooth, last, n - 1);
  }
  return smooth;
}

/** First and last of the values that count at a place. */
function neighbours(at: number, n: number, window: number): readonly [from: number, to: number] {
  if (window >= n) return [0, n - 1];
  const from = Math.min(Math.max(0, at - Math.floor((window - 1) / 2)), n - window);
  return [from, from + window - 1];
}

function interpolate(smooth: Float64Array, from: number, to: number): void {
  const [start, end] = [smooth[from] ?? 0, smooth[to] ?? 0];
  for (let i = from + 1; i < to; i += 1) smooth[i] = start + ((end - start) * (i - from)) / (to - from);
}

/** The fitted value at a place, which may lie outside; undefined where no neighbour has weight. */
export function loessAt(
  values: Float64Array,
  at: number,
  from: number,
  to: number,
  { window, degree }: LoessSettings,
  robustness?: Float64Array,
): number | undefined {
  const n = values.length;
  const reach = Math.max(at - from, to - at) + (window > n ? Math.floor((window - n) / 2) : 0);
  const weights = new Float64Array(to - from + 1);
  let sum = 0;
  for (let i = from; i <= to; i += 1) {
    const distance = Math.abs(i - at);
    if (distance > 0.999 * reach) continue;
    const tricube = distance <= 0.001 * reach ? 1 : cube(1 - cube(distance / reach));
    const weight = tricube * (robustness?.[i] ?? 1);
    weights[i - from] = weight;
    sum += weight;
  }
  if (sum <= 0) return undefined;
  let mean = 0;
  for (let i = from; i <= to; i += 1) mean += ((weights[i - from] ?? 0) / sum) * i;
  const slope = degree === 0 || reach === 0 ? 0 : slopeFactor(weights, sum, mean, at, from, n);
  let fitted = 0;
  for (let i = from; i <= to; i += 1)
    fitted += ((weights[i - from] ?? 0) / sum) * (1 + slope * (i - mean)) * (values[i] ?? 0);
  return fitted;
}

/** By hand: a power takes several times as long, and this is where the time goes. */
function cube(x: number): number {
  return x * x * x;
}

function slopeFactor(weights: Float64Array, sum: number, mean: number, at: number, from: number, n: number): number {
  let spread = 0;
  for (let i = 0; i < weights.length; i += 1) spread += ((weights[i] ?? 0) / sum) * (i + from - mean) ** 2;
  return Math.sqrt(spread) > 0.001 * (n - 1) ? (at - mean) / spread : 0;
}
