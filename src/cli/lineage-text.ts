import { counted } from '../base/units.ts';
import type { LineageTarget } from '../transform/lineage/find.ts';
import {
  type ColumnOf,
  type ColumnStep,
  columnSteps,
  type Dataset,
  type Direction,
  type LineageGraph,
  type Process,
  processesNextTo,
} from '../transform/lineage/graph.ts';
import { type GridCell, grid } from './grid.ts';
import type { Output } from './output.ts';
import { type Branch, tree } from './tree.ts';

const hows: Readonly<Record<ColumnStep['how'], string>> = {
  identity: 'the same value',
  transformation: 'computed from it',
  aggregation: 'aggregated from it',
  filter: 'which rows there are',
  join: 'which rows match',
  group: 'how rows are grouped',
  sort: 'their order',
  window: 'what a window holds',
};

/** Everything, from what nothing is made into down to the answers. */
export function wholeText(graph: LineageGraph, { style }: Output): string {
  const seen = new Set<string>();
  const first = graph.datasets.filter(({ id }) =>
    processesNextTo(graph, id, 'upstream').every(({ inputs }) => inputs.length === 0),
  );
  const roots = first.map((dataset): Branch => {
    const makers = processesNextTo(graph, dataset.id, 'upstream');
    const note = makers.map(processName).join(', ');
    return { ...datasetBranch(graph, dataset, 'downstream', seen, style), ...(note === '' ? {} : { note }) };
  });
  return tree(roots, style.dim);
}

/** A dataset: what it is made from, what reads it, and its columns. */
export function datasetText(graph: LineageGraph, dataset: Dataset, output: Output): string {
  const { style } = output;
  const columns = Object.entries(dataset.columns);
  const title = `${style.bold(dataset.name)}  ${style.dim(`${kindNames[dataset.kind]}, ${counted(columns.length, 'column')}`)}`;
  const part = (heading: string, direction: Direction): string[] => {
    const { below } = datasetBranch(graph, dataset, direction, new Set(), style);
    return below.length === 0 ? [] : ['', style.bold(heading), tree(below, style.dim)];
  };
  const rows = columns.map(([column, type]): GridCell[] => {
    const made = columnSteps(graph, { dataset: dataset.id, column }, 'upstream');
    const readers = new Set(
      columnSteps(graph, { dataset: dataset.id, column }, 'downstream').map(({ process }) => shortName(process.id)),
    );
    const sources = made.map(({ next, how }) => `${shortName(next.dataset)}.${next.column ?? ''}${marks[how] ?? ''}`);
    return [column, type, sources.join(', ') || '—', [...readers].join(', ') || '—'];
  });
  const heads = [{ title: 'column' }, { title: 'type' }, { title: 'made of' }, { title: 'goes to' }];
  const paint = { header: style.dim, rule: style.dim };
  const table = rows.length === 0 ? [] : ['', grid(heads, rows, { maxWidth: output.columns, paint })];
  return [title, ...part('made from', 'upstream'), ...part('read by', 'downstream'), ...table].join('\n');
}

const marks: Readonly<Partial<Record<ColumnStep['how'], string>>> = {
  transformation: ' (computed)',
  aggregation: ' (aggregated)',
};

/** A column: what it is made of, and who would notice if it changed. */
export function columnText(graph: LineageGraph, { dataset, column }: Required<LineageTarget>, output: Output): string {
  const { style } = output;
  const of = { dataset: dataset.id, column };
  const part = (heading: string, direction: Direction, none: string): string[] => {
    const branches = columnBranches(graph, of, direction, new Set());
    return ['', style.bold(heading), branches.length === 0 ? style.dim(`   ${none}`) : tree(branches, style.dim)];
  };
  const type = dataset.columns[column] ?? '';
  return [
    `${style.bold(`${dataset.name}.${column}`)}  ${style.dim([type, kindNames[dataset.kind]].filter(Boolean).join(', of a '))}`,
    ...part('made of', 'upstream', 'nothing that is read: it begins here'),
    ...part('goes to', 'downstream', 'nobody reads it'),
  ].join('\n');
}

const kindNames: Readonly<Record<Dataset['kind'], string>> = {
  stream: 'stream',
  table: 'table',
  objects: 'objects in the lake',
  result: 'answer of a named query',
};

/** A dataset is shown with what hangs on it once; later it is only named. */
function datasetBranch(
  graph: LineageGraph,
  dataset: Dataset,
  direction: Direction,
  seen: Set<string>,
  style: Output['style'],
): Branch {
  const text = dataset.name;
  const next = processesNextTo(graph, dataset.id, direction);
  if (seen.has(dataset.id)) return { text, below: [], ...(next.length === 0 ? {} : { note: 'as above' }) };
  seen.add(dataset.id);
  const below = next.flatMap((process): Branch[] => {
    const ids = direction === 'upstream' ? process.inputs : [process.output];
    const found = ids.flatMap((id) => graph.datasets.find((each) => each.id === id) ?? []);
    // A query and its answer are one thing to a reader.
    if (process.kind === 'query' && direction === 'downstream') return [{ text: processName(process), below: [] }];
    const branches = found.map((each) => datasetBranch(graph, each, direction, seen, style));
    if (process.kind === 'query') return branches;
    return [{ text: processName(process), paint: style.cyan, below: branches }];
  });
  return { text, below };
}

function columnBranches(graph: LineageGraph, of: ColumnOf, direction: Direction, seen: Set<string>): Branch[] {
  // A column may decide on the same rows in several ways: one line says them all.
  const byPlace = Map.groupBy(columnSteps(graph, of, direction), ({ process, next }) =>
    [process.id, next.dataset, next.column ?? ''].join(' '),
  );
  return [...byPlace.values()].flatMap((steps): Branch[] => {
    const [first] = steps;
    if (first === undefined) return [];
    const { dataset, column } = first.next;
    const text = [nameOf(graph, dataset), ...(column === undefined ? [] : [column])].join('.');
    const ways = [...new Set(steps.map(({ how }) => hows[how]))].join(', ');
    const note = `${column === undefined ? `decides ${ways}` : ways}; ${processName(first.process)}`;
    if (column === undefined || seen.has(`${dataset} ${column}`)) return [{ text, note, below: [] }];
    seen.add(`${dataset} ${column}`);
    return [{ text, note, below: columnBranches(graph, { dataset, column }, direction, seen) }];
  });
}

function nameOf(graph: LineageGraph, id: string): string {
  return graph.datasets.find((each) => each.id === id)?.name ?? id;
}

function processName({ id, kind }: Process): string {
  return `${kind} ${shortName(id)}`;
}

function shortName(address: string): string {
  return address.slice(address.indexOf('.') + 1);
}
