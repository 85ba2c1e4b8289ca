import type { Effects } from '../../base/effects.ts';
import type { TableObject } from '../../catalog/catalog.ts';
import { partitionFolder } from '../../catalog/partition-layout.ts';
import { type CommitSeries, openSeries } from '../../commit/series.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import { contributions, registerCommits } from '../../table/contribution.ts';
import type { BoundJob, JobPorts } from '../bound-job.ts';
import type { ConsumedRange, DerivedInput, InputProgress } from '../job-plan.ts';
import { partitionsMadeOf } from './days-read.ts';
import { type DerivedCommit, type DerivedPlan, type PlannedDerivation, rowsRead } from './derived-plan.ts';
import { haveChanged } from './look-ups.ts';

/** What a derived job has to make anew, and the commits of its input that say so. */
export interface DueDerivation {
  readonly consumed: readonly ConsumedRange[];
  readonly derived: readonly PlannedDerivation[];
  readonly kept: DerivedPlan['kept'];
}

/** What the job's last commit says of how far it came, and of what all of its partitions stand on. */
export type DerivedProgress = InputProgress & Pick<DerivedCommit, 'lookUps'>;

/**
 * The partitions of a derived job's table whose input was written anew since the job last looked, each once however many
 * commits did; undefined where no commit wrote any. One that stands on the present input already (an earlier run was
 * ahead of the commits that it counted) is not among them. Where a table that is looked up has changed, all are.
 */
export async function dueDerivation(
  job: BoundJob,
  ports: JobPorts,
  done: DerivedProgress,
  effects: Effects,
): Promise<DueDerivation | undefined> {
  const { store, catalog } = ports;
  const { table: input } = job.input;
  const map = partitionsMadeOf(input, job.target, job.name, job.definition.daysBefore);
  const { consumed, changed } = await changedPartitions(job, ports, done, effects);
  const isAnew = await haveChanged(done.lookUps ?? [], catalog);
  if (changed.length === 0 && !isAnew) return undefined;
  const present = await catalog.objects(input.database, input.name);
  const inputs = inputsByPartition(present, map);
  const objects = await catalog.objects(job.target.database, job.target.name);
  const standing = new Map(objects.map((object) => [object.partition.join('/'), object]));
  const inputsBefore = formerInputs(openSeries<DerivedPlan, DerivedCommit>(store, job.name, effects));
  const derived: PlannedDerivation[] = [];
  const kept: (readonly string[])[] = [];
  const touched = [...changed.flatMap(map), ...(isAnew ? objects.map(({ partition }) => partition) : [])];
  for (const [path, values] of new Map(touched.map((each) => [each.join('/'), each]))) {
    const object = standing.get(path);
    const before = object === undefined ? undefined : await inputsBefore(object);
    const now = inputsOf(inputs.get(path) ?? []);
    if (now.length === 0 || (!isAnew && before !== undefined && areSame(before, now))) continue;
    if (values.length > 0 && before?.some(({ key }) => !now.some((other) => other.key === key))) {
      kept.push(values);
      continue;
    }
    derived.push({
      values,
      inputs: now,
      key: `${job.target.location}${partitionFolder(job.target, values)}data.parquet`,
      ...(object === undefined ? {} : { replaces: object.etag }),
      before: { read: rowsRead({ values, inputs: before ?? [] }), rows: object?.rows ?? 0 },
    });
  }
  return { consumed, derived: derived.toSorted((a, b) => (a.key < b.key ? -1 : 1)), kept };
}

/** What each partition is made from. One of a day that has no input of its own is none: the days before alone make no row. */
function inputsByPartition(
  present: readonly TableObject[],
  map: ReturnType<typeof partitionsMadeOf>,
): ReadonlyMap<string, readonly TableObject[]> {
  const own = new Set(present.map(({ partition }) => map(partition)[0]?.join('/')));
  const inputs = new Map<string, TableObject[]>();
  for (const object of present)
    for (const values of map(object.partition)) {
      const path = values.join('/');
      if (!own.has(path)) continue;
      const objects = inputs.get(path) ?? [];
      objects.push(object);
      inputs.set(path, objects);
    }
  return inputs;
}

/** Input partitions that commits wrote since the job last looked. The catalog has those commits, or later ones, afterwards. */
async function changedPartitions(
  { input }: BoundJob,
  { store, catalog }: JobPorts,
  done: InputProgress,
  effects: Effects,
): Promise<{ readonly consumed: readonly ConsumedRange[]; readonly changed: readonly (readonly string[])[] }> {
  const consumed: ConsumedRange[] = [];
  const changed = new Map<string, readonly string[]>();
  for (const contributor of input.series) {
    const { series } = contributor;
    const from = done.positions[series] ?? 0;
    let to = from;
    for await (const { n, objects } of contributions(store, contributor, from, undefined, effects)) {
      for (const { partition } of objects) changed.set(partition.join('/'), partition);
      to = n + 1;
    }
    if (to > from) consumed.push({ series, from, to });
    await registerCommits(catalog, store, contributor, effects);
  }
  return { consumed, changed: [...changed.values()] };
}

/** The latest arrivals that the input's commits had come to. A series of other commits (a lifecycle's) says nothing of them. */
export async function arrivalsRead(
  consumed: readonly ConsumedRange[],
  done: InputProgress,
  store: ObjectStore,
  effects: Effects,
): Promise<InputProgress['arrivedMs']> {
  const arrivedMs = { ...done.arrivedMs };
  for (const { series, to } of consumed) {
    const last = await openSeries<unknown, Partial<InputProgress>>(store, series, effects).read(to - 1);
    arrivedMs[series] = Math.max(arrivedMs[series] ?? 0, ...Object.values(last?.arrivedMs ?? {}));
  }
  return arrivedMs;
}

/** What present versions of partitions were made from, by the commits that made them: each is read once, and may be of many. */
function formerInputs(
  series: CommitSeries<DerivedPlan, DerivedCommit>,
): (object: TableObject) => Promise<readonly DerivedInput[]> {
  const commits = new Map<number, ReadonlyMap<string, readonly DerivedInput[]>>();
  return async ({ commit, partition }) => {
    const read = async () =>
      ((await series.read(commit))?.derived ?? []).map((of) => [of.values.join('/'), of.inputs] as const);
    const made = commits.get(commit) ?? new Map(await read());
    commits.set(commit, made);
    return made.get(partition.join('/')) ?? [];
  };
}

function inputsOf(objects: readonly TableObject[]): readonly DerivedInput[] {
  return objects
    .map(({ key, etag, rows, partition }) => ({ key, etag, rows, partition }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

function areSame(before: readonly DerivedInput[], now: readonly DerivedInput[]): boolean {
  return (
    before.length === now.length && before.every(({ key, etag }, i) => now[i]?.key === key && now[i].etag === etag)
  );
}
