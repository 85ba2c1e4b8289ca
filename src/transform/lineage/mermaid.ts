import { type ColumnOf, columnSteps, type Dataset, type Direction, type LineageGraph, type Process } from './graph.ts';

/** The graph as a Mermaid flowchart: datasets are drawn by kind, a process as a box between them. */
export function mermaidGraph(graph: LineageGraph): string {
  const ids = identifiers();
  const lines = ['flowchart LR'];
  for (const dataset of graph.datasets) lines.push(`  ${datasetNode(ids(dataset.id, 'd'), dataset)}`);
  for (const process of graph.processes) {
    const id = ids(process.id, 'p');
    const into = ids(process.output, 'd');
    // A query and its answer are one thing to a reader.
    if (process.kind === 'query') {
      for (const input of process.inputs) lines.push(`  ${ids(input, 'd')} --> ${into}`);
      continue;
    }
    lines.push(`  ${id}["${process.kind}<br/>${label(shortName(process.id))}"]`);
    for (const input of process.inputs) lines.push(`  ${ids(input, 'd')} --> ${id}`);
    lines.push(`  ${id} --> ${into}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The way of one column, both ways: a node a column, an edge labelled with how it is made or what it decides. */
export function mermaidColumn(graph: LineageGraph, of: ColumnOf): string {
  const ids = identifiers();
  const nodes = new Map<string, string>();
  const edges = new Set<string>();
  const node = ({ dataset, column }: { readonly dataset: string; readonly column?: string }): string => {
    const key = column === undefined ? dataset : `${dataset} ${column}`;
    const name = graph.datasets.find(({ id }) => id === dataset)?.name ?? dataset;
    const id = ids(key, 'c');
    nodes.set(id, column === undefined ? `${id}("${label(name)}")` : `${id}["${label(name)}<br/>${label(column)}"]`);
    return id;
  };
  const edge = (process: Process, how: string): string => `-- "${label(shortName(process.id))}: ${how}" -->`;
  const seen = new Set<string>();
  const walk = (from: ColumnOf, direction: Direction): void => {
    const key = `${direction} ${from.dataset} ${from.column}`;
    if (seen.has(key)) return;
    seen.add(key);
    const here = node(from);
    for (const { process, next, how } of columnSteps(graph, from, direction)) {
      const there = node(next);
      const ends = direction === 'upstream' ? [there, here] : [here, there];
      edges.add(`  ${ends[0]} ${edge(process, how)} ${ends[1]}`);
      if (next.column !== undefined) walk({ dataset: next.dataset, column: next.column }, direction);
    }
  };
  walk(of, 'upstream');
  walk(of, 'downstream');
  return `${['flowchart LR', ...[...nodes.values()].map((text) => `  ${text}`), ...edges].join('\n')}\n`;
}

/** Mermaid's own names for nodes: letters and digits, whatever the addresses hold. */
function identifiers(): (key: string, prefix: string) => string {
  const given = new Map<string, string>();
  return (key, prefix) => {
    const known = given.get(`${prefix} ${key}`) ?? `${prefix}${given.size}`;
    given.set(`${prefix} ${key}`, known);
    return known;
  };
}

const shapes: Readonly<Record<Dataset['kind'], readonly [open: string, close: string]>> = {
  stream: ['[[', ']]'],
  table: ['[(', ')]'],
  objects: ['[/', '/]'],
  result: ['([', '])'],
};

function datasetNode(id: string, { kind, name }: Dataset): string {
  const [open, close] = shapes[kind];
  return `${id}${open}"${label(name)}"${close}`;
}

/** A quote would end the label, and a bracket of HTML would be taken for a tag. */
function label(text: string): string {
  return text.replaceAll('&', '#amp;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;');
}

function shortName(address: string): string {
  return address.slice(address.indexOf('.') + 1);
}
