import type { RunData, RunError, RunKind } from '../../orchestrate/runs.ts';
import type { Dataset, LineageGraph, Process } from '../../transform/lineage/graph.ts';
import { eventSchema, type Facet, facet, ownFacet, producer } from './facets.ts';
import { type RunFigures, runFigures } from './run-figures.ts';

export type RunEventType = 'START' | 'COMPLETE' | 'FAIL' | 'ABORT';

interface EventDataset {
  readonly namespace: string;
  readonly name: string;
  readonly facets: Readonly<Record<string, Facet>>;
  readonly inputFacets?: Readonly<Record<string, Facet>>;
  readonly outputFacets?: Readonly<Record<string, Facet>>;
}

interface EventJob {
  readonly namespace: string;
  readonly name: string;
  readonly facets: Readonly<Record<string, Facet>>;
}

/** A run event of OpenLineage 2-0-2. */
export interface RunEvent {
  readonly eventType: RunEventType;
  readonly eventTime: string;
  readonly producer: string;
  readonly schemaURL: string;
  readonly run: { readonly runId: string; readonly facets: Readonly<Record<string, Facet>> };
  readonly job: EventJob;
  readonly inputs: readonly EventDataset[];
  readonly outputs: readonly EventDataset[];
}

/** What is defined, without a run: a job event. */
export interface JobEvent
  extends Pick<RunEvent, 'eventTime' | 'producer' | 'schemaURL' | 'job' | 'inputs' | 'outputs'> {}

export interface RunOf {
  readonly namespace: string;
  readonly runId: string;
  readonly address: string;
  readonly kind: RunKind;
  readonly trigger: string;
}

/** The lineage that an event tells: of one address a process for each dataset that it writes, and the datasets at their ends. */
export interface EventLineage {
  readonly processes: readonly [Process, ...Process[]];
  readonly datasets: readonly Dataset[];
}

/** What the processes of an address tell; undefined of one without, as a crawler's is. */
export function lineageFor({ processes, datasets }: LineageGraph, address: string): EventLineage | undefined {
  const [first, ...others] = processes.filter(({ id }) => id === address);
  if (first === undefined) return undefined;
  const ends = new Set([first, ...others].flatMap(({ inputs, output }) => [...inputs, output]));
  return { processes: [first, ...others], datasets: datasets.filter(({ id }) => ends.has(id)) };
}

/** The start of a run: which job, and what it reads and writes, by name. */
export function startEvent(run: RunOf, lineage: EventLineage | undefined, atMs: number): RunEvent {
  return { ...frame(run, 'START', atMs, {}), ...ends(run.namespace, lineage, undefined) };
}

/** The end of a run, with figures, columns, and what went wrong. */
export function endEvent(
  run: RunOf,
  lineage: EventLineage | undefined,
  end:
    | { readonly type: 'COMPLETE'; readonly output: RunData }
    | { readonly type: 'FAIL' | 'ABORT'; readonly error: RunError },
  atMs: number,
): RunEvent {
  const error =
    'error' in end
      ? {
          errorMessage: facet('errorMessage', {
            message: `${end.error.message} (${end.error.code})`,
            programmingLanguage: 'JavaScript',
          }),
        }
      : {};
  const figures = 'output' in end ? runFigures[run.kind](end.output) : {};
  return { ...frame(run, end.type, atMs, error), ...ends(run.namespace, lineage, figures) };
}

/** The lineage of a definition as it stands. */
export function jobEvent(namespace: string, lineage: EventLineage, atMs: number): JobEvent {
  const [{ id, kind, sql }] = lineage.processes;
  return {
    eventTime: new Date(atMs).toISOString(),
    producer,
    schemaURL: eventSchema.job,
    job: jobOf(namespace, id, kind, sql),
    ...ends(namespace, lineage, {}),
  };
}

function frame(
  { namespace, runId, address, kind, trigger }: RunOf,
  eventType: RunEventType,
  atMs: number,
  runFacets: Readonly<Record<string, Facet>>,
): Omit<RunEvent, 'inputs' | 'outputs'> {
  return {
    eventType,
    eventTime: new Date(atMs).toISOString(),
    producer,
    schemaURL: eventSchema.run,
    run: { runId, facets: { ...runFacets, playhead_run: ownFacet({ kind, trigger }) } },
    job: jobOf(namespace, address, kind, undefined),
  };
}

function jobOf(namespace: string, name: string, kind: string, sql: string | undefined): EventJob {
  const jobType = facet('jobType', { processingType: 'BATCH', integration: 'PLAYHEAD', jobType: kind.toUpperCase() });
  return { namespace, name, facets: { jobType, ...(sql === undefined ? {} : { sql: facet('sql', { query: sql }) }) } };
}

/** The datasets at both ends; with figures, their columns too. At a start, names are enough. */
function ends(
  namespace: string,
  lineage: EventLineage | undefined,
  figures: RunFigures | undefined,
): Pick<RunEvent, 'inputs' | 'outputs'> {
  if (lineage === undefined) return { inputs: [], outputs: [] };
  const { processes, datasets } = lineage;
  const named = (id: string): Dataset =>
    datasets.find((each) => each.id === id) ?? { id, kind: 'table', name: id, columns: {} };
  const plain = (id: string): EventDataset => {
    const { name, columns } = named(id);
    return { namespace, name, facets: figures === undefined ? {} : schemaFacet(columns) };
  };
  // A run says what it wrote in all: how much of that into each of several, it does not.
  const written = processes.length === 1 ? ownFacets('outputFacets', outputFacets(figures)) : {};
  const outputs = processes.map((process) => {
    const columns = figures === undefined ? {} : columnLineage(namespace, process, (id) => named(id).name);
    const output = plain(process.output);
    return { ...output, ...written, facets: { ...output.facets, ...columns } };
  });
  // A run's figures are those of what drives it: its first input.
  const inputs = [...new Set(processes.flatMap((process) => process.inputs))].map((id, i) => ({
    ...plain(id),
    ...(i === 0 ? ownFacets('inputFacets', inputFacets(figures)) : {}),
  }));
  return { inputs, outputs };
}

function ownFacets<K extends string>(
  key: K,
  facets: Readonly<Record<string, Facet>>,
): Partial<Record<K, typeof facets>> {
  return Object.keys(facets).length === 0 ? {} : ({ [key]: facets } as Partial<Record<K, typeof facets>>);
}

function schemaFacet(columns: Readonly<Record<string, string>>): Record<string, Facet> {
  const fields = Object.entries(columns).map(([name, type]) => ({ name, ...(type === '' ? {} : { type }) }));
  return fields.length === 0 ? {} : { schema: facet('schema', { fields }) };
}

const subtypes = { identity: 'IDENTITY', transformation: 'TRANSFORMATION', aggregation: 'AGGREGATION' } as const;
const uses = { filter: 'FILTER', join: 'JOIN', group: 'GROUP_BY', sort: 'SORT', window: 'WINDOW' } as const;

function columnLineage(namespace: string, process: Process, nameOf: (id: string) => string): Record<string, Facet> {
  const source = (of: { dataset: string; column: string }, type: string, subtype: string): object => ({
    namespace,
    name: nameOf(of.dataset),
    field: of.column,
    transformations: [{ type, subtype }],
  });
  const fields = Object.fromEntries(
    Object.entries(process.columns)
      .filter(([, sources]) => sources.length > 0)
      .map(([name, sources]) => [
        name,
        { inputFields: sources.map((each) => source(each, 'DIRECT', subtypes[each.making])) },
      ]),
  );
  const dataset = process.uses.map((each) => source(each, 'INDIRECT', uses[each.use]));
  if (Object.keys(fields).length === 0 && dataset.length === 0) return {};
  return { columnLineage: facet('columnLineage', { fields, ...(dataset.length === 0 ? {} : { dataset }) }) };
}

function outputFacets(figures: RunFigures | undefined): Record<string, Facet> {
  if (figures?.written === undefined) return {};
  const { written, sizeBytes } = figures;
  return {
    outputStatistics: facet('outputStatistics', {
      rowCount: written,
      ...(sizeBytes === undefined ? {} : { size: sizeBytes }),
    }),
  };
}

function inputFacets(figures: RunFigures | undefined): Record<string, Facet> {
  const { read, assertions = [] } = figures ?? {};
  return {
    ...(read === undefined
      ? {}
      : { dataQualityMetrics: facet('dataQualityMetrics', { rowCount: read, columnMetrics: {} }) }),
    ...(assertions.length === 0 ? {} : { dataQualityAssertions: facet('dataQualityAssertions', { assertions }) }),
  };
}
