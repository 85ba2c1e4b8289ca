import { incompleteBeta, solveRising } from './incomplete-beta.ts';

/** The t that Student's distribution exceeds with a probability in (0, 0.5]; exact also far out in the tail. */
export function studentTQuantile(upperTail: number, degreesOfFreedom: number): number {
  // 2P(T > t) is I_x(df/2, 1/2) at x = df / (df + t²), which rises with x.
  const half = degreesOfFreedom / 2;
  const logX = solveRising((log) => incompleteBeta(half, 0.5, Math.exp(log)), 2 * upperTail, -700, 0);
  return Math.sqrt(degreesOfFreedom * Math.expm1(-logX));
}
