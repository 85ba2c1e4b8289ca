import type { ColumnMaking, ColumnUse } from '../../sql/query-lineage.ts';

export type DatasetKind = 'stream' | 'table' | 'objects' | 'result';
export type ProcessKind = 'source' | 'delivery' | 'job' | 'view' | 'query';

/** Something that holds records: a stream, a table, or what a named query answers. */
export interface Dataset {
  /** Address; of a result, the query's; of a view, its full name. */
  readonly id: string;
  readonly kind: DatasetKind;
  /** As users name it: topic, `database.table`, the query's name. */
  readonly name: string;
  /** Column → type, as declared; empty where the type is not known. */
  readonly columns: Readonly<Record<string, string>>;
}

export interface ColumnOf {
  readonly dataset: string;
  readonly column: string;
}

/** What makes a dataset of others. */
export interface Process {
  /** Address. */
  readonly id: string;
  readonly kind: ProcessKind;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Column of the output → what it is made of. */
  readonly columns: Readonly<Record<string, readonly (ColumnOf & { readonly making: ColumnMaking })[]>>;
  /** Columns that decide on the rows of the output alone. */
  readonly uses: readonly (ColumnOf & { readonly use: ColumnUse })[];
  readonly sql?: string;
}

export interface LineageGraph {
  readonly datasets: readonly Dataset[];
  readonly processes: readonly Process[];
}

export type Direction = 'upstream' | 'downstream';

/** A column next to another one: what it is made of, or what is made of it. */
export interface ColumnStep {
  readonly process: Process;
  /** A column of that dataset; undefined where it decides on the rows alone, so that all columns hang on it. */
  readonly next: { readonly dataset: string; readonly column?: string };
  readonly how: ColumnMaking | ColumnUse;
}

/** The steps from one column in one direction. */
export function columnSteps(graph: LineageGraph, of: ColumnOf, direction: Direction): readonly ColumnStep[] {
  return direction === 'upstream' ? madeOf(graph, of) : makes(graph, of);
}

function madeOf({ processes }: LineageGraph, { dataset, column }: ColumnOf): ColumnStep[] {
  return processes
    .filter(({ output }) => output === dataset)
    .flatMap((process) =>
      (process.columns[column] ?? []).map(({ making, ...next }) => ({ process, next, how: making })),
    );
}

function makes({ processes }: LineageGraph, { dataset, column }: ColumnOf): ColumnStep[] {
  return processes.flatMap((process) => {
    const isThis = (of: ColumnOf): boolean => of.dataset === dataset && of.column === column;
    const made = Object.entries(process.columns).flatMap(([name, sources]): ColumnStep[] =>
      sources
        .filter(isThis)
        .map(({ making }) => ({ process, next: { dataset: process.output, column: name }, how: making })),
    );
    const used = process.uses
      .filter(isThis)
      .map(({ use }): ColumnStep => ({ process, next: { dataset: process.output }, how: use }));
    return [...made, ...used];
  });
}

/** The processes next to a dataset: those that make it, or those that read it. */
export function processesNextTo(graph: LineageGraph, dataset: string, direction: Direction): readonly Process[] {
  return graph.processes.filter(({ inputs, output }) =>
    direction === 'upstream' ? output === dataset : inputs.includes(dataset),
  );
}

/** The part of the graph that lies upstream and downstream of a dataset, itself included. */
export function around(graph: LineageGraph, dataset: string): LineageGraph {
  const datasets = new Set([dataset]);
  const processes = new Set<Process>();
  const walk = (from: string, direction: Direction): void => {
    for (const process of processesNextTo(graph, from, direction)) {
      processes.add(process);
      for (const next of direction === 'upstream' ? process.inputs : [process.output]) {
        if (datasets.has(next)) continue;
        datasets.add(next);
        walk(next, direction);
      }
    }
  };
  walk(dataset, 'upstream');
  walk(dataset, 'downstream');
  // A process on the way has inputs from beside the way: the picture must not show it without them.
  for (const { inputs } of processes) for (const input of inputs) datasets.add(input);
  return {
    datasets: graph.datasets.filter(({ id }) => datasets.has(id)),
    processes: graph.processes.filter((process) => processes.has(process)),
  };
}
