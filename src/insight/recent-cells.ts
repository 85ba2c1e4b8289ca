import type { Cell, Series } from './series.ts';

/** The cells of the last few steps: what two series have in common can't be told from their sums. */
export class RecentCells {
  readonly #keepSteps: number;
  readonly #byStep = new Map<number, Cell[]>();

  constructor(keepSteps: number) {
    this.#keepSteps = keepSteps;
  }

  add(cell: Cell): void {
    const cells = this.#byStep.get(cell.step);
    if (cells !== undefined) {
      cells.push(cell);
      return;
    }
    this.#byStep.set(cell.step, [cell]);
    for (const step of this.#byStep.keys()) if (step <= cell.step - this.#keepSteps) this.#byStep.delete(step);
  }

  /**
   * Sums of some columns over the rows of one series that any of the others has too, in the `length` steps before
   * `endStep`.
   */
  shared(
    series: Series,
    others: readonly Series[],
    columns: readonly number[],
    endStep: number,
    length: number,
  ): number[] {
    const sums = columns.map(() => 0);
    for (let step = endStep - length; step < endStep; step += 1) {
      for (const cell of this.#byStep.get(step) ?? []) {
        if (!isOf(cell, series) || !others.some((other) => isOf(cell, other))) continue;
        for (const [i, column] of columns.entries()) sums[i] = (sums[i] ?? 0) + (cell.counts[column] ?? 0);
      }
    }
    return sums;
  }
}

function isOf(cell: Cell, { dimension, scope }: Series): boolean {
  return dimension === -1 || cell.values[dimension] === scope.value;
}
