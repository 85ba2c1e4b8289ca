/** One line of a benchmark. A ratio has the unit `×`, and a target where we hold ourselves to one. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly target?: number;
}

/** A figure as a line of a report, with its target. */
export function figureLine(figure: Figure): string {
  const value = `${figure.name.padEnd(44)} ${figure.value.toLocaleString('en-US', { maximumFractionDigits: 2 }).padStart(14)} ${figure.unit}`;
  if (figure.target === undefined) return value;
  const relation = figure.better === 'higher' ? '≥' : '≤';
  return `${value}  target ${relation} ${figure.target} ${misses(figure) ? '✗' : '✓'}`;
}

export function misses(figure: Figure): boolean {
  if (figure.target === undefined) return false;
  return figure.better === 'higher' ? figure.value < figure.target : figure.value > figure.target;
}
