import type { Evidence, Judge, LeftOut, Readiness } from './evidence.ts';
import type { RecentCells } from './recent-cells.ts';
import type { Series } from './series.ts';

/** One look at one measure. */
export interface Look {
  readonly judge: Judge;
  /** The measure's columns of counts. */
  readonly columns: readonly number[];
  readonly cells: RecentCells;
  /** Place and number of the step after the last that is looked at. */
  readonly end: number;
  readonly endStep: number;
  readonly windows: readonly number[];
  /** Accepted chance of a false alarm for each judgement. */
  readonly level: number;
}

/** The strongest evidence over the windows, for a series without the rows that it shares with others. */
export function judged(look: Look, series: Series, without: readonly Series[] = []): Evidence | undefined {
  const { judge, end, windows, level } = look;
  let best: Evidence | undefined;
  for (const window of windows) {
    const leftOut = without.length === 0 ? undefined : shareOf(look, series, without, window);
    const found = judge.judge(series, end, window, level, leftOut);
    if (found === undefined) continue;
    if (best === undefined || rank(found) > rank(best)) best = found;
  }
  return best;
}

/** Whether any window of a series can be judged; if not, why not of the longest, which sees most. */
export function readiness({ judge, end, windows }: Look, series: Series): Readiness {
  const all = windows.map((window) => judge.readiness(series, end, window));
  return all.find((each) => each === 'judged') ?? all.at(-1) ?? 'unlearned';
}

function rank({ raises, strength }: Evidence): number {
  return strength + (raises ? 1e6 : 0);
}

function shareOf(look: Look, series: Series, without: readonly Series[], window: number): LeftOut {
  const { judge, cells, columns, end, endStep } = look;
  const counts = cells.shared(series, without, columns, endStep, window);
  let usual = 0;
  for (const other of without) {
    const [own = 0] = cells.shared(other, [other], columns, endStep, window);
    const [both = 0] = cells.shared(series, [other], columns, endStep, window);
    // Rows of another series are taken to be as usual in the same proportion as they are now.
    if (own > 0) usual += judge.usualCount(other, end, window) * (both / own);
  }
  return { counts, usual };
}

/**
 * The fewest series that explain all evidence: the strongest first, then the strongest of what remains without its
 * rows, and so on. An outage of one provider raises its country too, but most of its country's rows are as usual: the
 * provider's evidence is the stronger. A fault of the whole country is the stronger there, and explains its providers.
 */
export function explanations(look: Look, evidence: readonly Evidence[]): readonly Evidence[] {
  const found: Evidence[] = [];
  let rest = evidence.filter(({ raises }) => raises);
  while (rest.length > 0) {
    const strongest = rest.reduce((best, each) => (each.strength > best.strength ? each : best));
    found.push(strongest);
    const explained = found.map(({ series }) => series);
    rest = rest.flatMap(({ series }) => {
      if (explained.includes(series)) return [];
      const left = judged(look, series, explained);
      return left?.raises === true ? [left] : [];
    });
  }
  return found;
}

/** True where what speaks for one of the two is gone without the rows of the other. */
export function isSame(look: Look, one: Series, other: Series): boolean {
  if (one === other) return true;
  return judged(look, one, [other])?.raises !== true || judged(look, other, [one])?.raises !== true;
}
