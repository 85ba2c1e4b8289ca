import { readJson } from '../../commit/json-object.ts';
import { namedContents } from '../../commit/named-contents.ts';
import { seriesNames } from '../../commit/series.ts';
import { seriesRoot } from '../../commit/series-keys.ts';
import { listAll } from '../../lake/object-store.ts';
import type { PipelineDefinition } from '../../pipeline/definition.ts';
import { type Addressed, addressed, resolveAddress } from '../../pipeline/graph/address.ts';
import { writerOf } from '../../pipeline/graph/writers.ts';
import { objectPath, takeObject } from './copy-objects.ts';
import type { Exporting } from './exporting.ts';

/** The series as they were copied. */
export interface CopiedSeries {
  /** The last commit of each. */
  readonly commits: Readonly<Record<string, number>>;
  /** Etags by key of what commits name that no round copied before. */
  readonly named: ReadonlyMap<string, string>;
  /** False where one was amended or removed just then. */
  readonly isWhole: boolean;
}

/**
 * Copies plans and commits, of each series before the one that it reads: what a commit was made from is then in the copy,
 * too. Commits before plans, and no plan behind the next commit: it would be of a commit that is not in the copy.
 */
export async function copySeries(exporting: Exporting, round: number): Promise<CopiedSeries> {
  const { lake, files, engine } = exporting;
  const commits: Record<string, number> = {};
  const named = new Map<string, string>();
  let isWhole = true;
  for (const name of await readersFirst(exporting)) {
    const folder = `${seriesRoot}${name}/`;
    let next = 0;
    for await (const object of listAll(lake, `${folder}commit/`)) {
      const isNew = files.version(objectPath(object.key)) !== object.etag;
      isWhole = (await taken(exporting, object, round)) && isWhole;
      next = numberOf(object.key) + 1;
      if (!isNew) continue;
      const commit = (await readJson(lake, object.key))?.value;
      for (const { key, etag } of namedContents(commit)) named.set(key, etag);
    }
    for await (const object of listAll(lake, `${folder}plan/`))
      if (numberOf(object.key) <= next) isWhole = (await taken(exporting, object, round)) && isWhole;
    if (next > 0) commits[name] = next - 1;
    await engine.effects.reached('export.series');
  }
  return { commits, named, isWhole };
}

async function taken(exporting: Exporting, object: Parameters<typeof takeObject>[1], round: number): Promise<boolean> {
  if (!(await takeObject(exporting, object, round))) return false;
  exporting.files.settle(objectPath(object.key), round);
  return true;
}

function numberOf(key: string): number {
  return Number(/(\d+)\.json$/.exec(key)?.[1] ?? Number.NaN);
}

/** Names of the series in the lake: of lifecycles, of jobs, each before the job that it reads from, then all others. */
async function readersFirst({ lake, engine: { pipelines } }: Exporting): Promise<readonly string[]> {
  const lifecycles = addressed(pipelines, 'lifecycle').map(({ address }) => address);
  const jobs = addressed(pipelines, 'job')
    .map((job) => ({ address: job.address, depth: jobsBefore(pipelines, job) }))
    .sort((a, b) => b.depth - a.depth)
    .map(({ address }) => address);
  const known = [...lifecycles, ...jobs];
  const rest: string[] = [];
  for await (const name of seriesNames(lake)) if (!known.includes(name)) rest.push(name);
  return [...known, ...rest];
}

function jobsBefore(pipelines: readonly PipelineDefinition[], { definition, pipeline }: Addressed<'job'>): number {
  const from = resolveAddress(pipelines, definition.from, ['table'], pipeline);
  const writer = writerOf(pipelines, from.address);
  return writer?.kind === 'job' ? 1 + jobsBefore(pipelines, writer) : 0;
}
