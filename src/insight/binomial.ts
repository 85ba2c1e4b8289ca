import { incompleteBeta, logBeta, solveRising } from './incomplete-beta.ts';

/** P(K ≥ successes) of `trials` at a known probability. */
export function binomialTail(successes: number, trials: number, probability: number): number {
  if (successes <= 0) return 1;
  if (successes > trials) return 0;
  return incompleteBeta(successes, trials - successes + 1, probability);
}

/**
 * P(K ≥ successes) of `trials` at a probability that is itself known from so many successes and failures only: the
 * beta-binomial distribution. Limits from it are wider than binomial ones by what the baseline doesn't know.
 */
export function betaBinomialTail(successes: number, trials: number, alpha: number, beta: number): number {
  return Math.exp(logBetaBinomialTail(successes, trials, alpha, beta));
}

/** Its logarithm: of two outages that are both as good as impossible, one is still the clearer. */
export function logBetaBinomialTail(successes: number, trials: number, alpha: number, beta: number): number {
  if (successes <= 0) return 0;
  if (successes > trials) return Number.NEGATIVE_INFINITY;
  const choose = -Math.log(trials + 1) - logBeta(trials - successes + 1, successes + 1);
  const first = choose + logBeta(successes + alpha, trials - successes + beta) - logBeta(alpha, beta);
  // The other terms as multiples of the first.
  let term = 1;
  let sum = term;
  for (let k = successes; k < trials; k += 1) {
    term *= ((trials - k) * (k + alpha)) / ((k + 1) * (trials - k - 1 + beta));
    sum += term;
    if (term < sum * 1e-16 && k * (alpha + beta) > trials * alpha) break;
  }
  return Math.min(0, first + Math.log(sum));
}

/** The exact confidence interval of a share (Clopper and Pearson, 1934). */
export function clopperPearson(
  successes: number,
  trials: number,
  confidence: number,
): { readonly low: number; readonly high: number } {
  const tail = (1 - confidence) / 2;
  const solve = (a: number, b: number, value: number): number =>
    solveRising((x) => incompleteBeta(a, b, x), value, 0, 1);
  return {
    low: successes === 0 ? 0 : solve(successes, trials - successes + 1, tail),
    high: successes === trials ? 1 : solve(successes + 1, trials - successes, 1 - tail),
  };
}
