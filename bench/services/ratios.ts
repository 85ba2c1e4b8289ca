import type { Figure } from '../figure.ts';
import type { Taken } from './measured.ts';
import type { WorkName } from './works.ts';

interface Ratio {
  readonly name: string;
  readonly ours: WorkName;
  readonly peer: WorkName;
  readonly of: (taken: Taken) => number;
  /** `lower`: ours over the peer's, of what something takes; `higher`: the peer's over ours. */
  readonly better: 'higher' | 'lower';
  readonly target: number;
}

const wall = ({ wallS }: Taken): number => wallS;
const cpu = ({ cpuS }: Taken): number => cpuS;

const compared: readonly Ratio[] = [
  { name: 'GZIP JSON: time / pigz -6', ours: 'json', peer: 'pigz', of: wall, better: 'lower', target: 1.3 },
  { name: 'GZIP JSON: CPU / gzip -6', ours: 'json', peer: 'gzip', of: cpu, better: 'lower', target: 1.3 },
  {
    name: 'Parquet: events a CPU second / Spark',
    ours: 'parquet',
    peer: 'spark',
    of: cpu,
    better: 'higher',
    target: 5,
  },
  { name: "Parquet: time / DuckDB's COPY", ours: 'parquet', peer: 'copy', of: wall, better: 'lower', target: 2 },
  {
    name: 'produce: rate / ProducerPerformance',
    ours: 'produce',
    peer: 'performance',
    of: wall,
    better: 'higher',
    target: 0.8,
  },
];

const mostBytes = 400e6;

/** What can be said of the works that were done: each target, and what came of it. */
export function ratios(taken: Partial<Record<WorkName, Taken>>): readonly Figure[] {
  const figures = compared.flatMap(({ name, ours, peer, of, better, target }): Figure[] => {
    const [own, other] = [taken[ours], taken[peer]];
    if (own === undefined || other === undefined) return [];
    const value = better === 'lower' ? of(own) / of(other) : of(other) / of(own);
    return [{ name, value, unit: '×', better, target }];
  });
  const { json } = taken;
  if (json === undefined) return figures;
  const peak = { name: 'GZIP JSON: peak memory', value: json.peakBytes / 1e6, unit: 'MB', better: 'lower' } as const;
  return [...figures, { ...peak, target: mostBytes / 1e6 }];
}
