/** One line of a benchmark. A ratio has the unit `×`, and a target where we hold ourselves to one. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly target?: number;
}
