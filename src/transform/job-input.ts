import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { type ContributedObject, type Contributor, contributions } from '../table/contribution.ts';
import { soundVersionFile } from '../table/retained.ts';
import type { ConsumedRange, InputProgress } from './job-plan.ts';

/** An object to read, in the order of arrival: place in the list is place in the order. */
export interface InputObject extends ContributedObject {
  readonly series: string;
  readonly commit: number;
  /** When its first record arrived, or an object before it in its series, whichever is later: 0 where no commit says. */
  readonly arrivalMs: number;
  /** Where DuckDB reads it. */
  readonly path: string;
  /** Ordinal of its first row; 0 where it is a whole object. */
  readonly firstRow?: number;
}

export type UnreadObject = Omit<InputObject, 'path' | 'firstRow'>;

export interface DueInput {
  readonly consumed: readonly ConsumedRange[];
  readonly objects: readonly UnreadObject[];
}

/** What one plan takes at most: its scratch files need about the space of its input. */
export const mostPlannedBytes = 512 * 1024 ** 2;

/** Commits of the input's series that the job has not consumed, as many as one plan takes, with their objects. */
export async function dueInput(
  store: ObjectStore,
  contributors: readonly Contributor[],
  done: InputProgress,
  mostBytes: number,
  effects: Effects,
): Promise<DueInput> {
  const consumed: ConsumedRange[] = [];
  const objects: UnreadObject[] = [];
  let bytes = 0;
  for (const contributor of contributors) {
    const { series } = contributor;
    const from = done.positions[series] ?? 0;
    const arrive = arrivalsAfter(done, series);
    let to = from;
    for await (const { n, objects: found } of contributions(store, contributor, from, undefined, effects)) {
      if (bytes >= mostBytes) break;
      for (const object of found) {
        objects.push(arrive(object, n));
        bytes += object.sizeBytes;
      }
      to = n + 1;
    }
    if (to > from) consumed.push({ series, from, to });
  }
  return { consumed, objects: inOrder(objects) };
}

/** The objects of a plan's commits: the same, in the same order, each time. */
export async function plannedInput(
  store: ObjectStore,
  contributors: readonly Contributor[],
  consumed: readonly ConsumedRange[],
  done: InputProgress,
  effects: Effects,
): Promise<readonly UnreadObject[]> {
  const objects: UnreadObject[] = [];
  for (const { series, from, to } of consumed) {
    const contributor = contributors.find((candidate) => candidate.series === series);
    if (contributor === undefined)
      throw new PlayheadError('PH_COMMIT_CONFLICT', `a plan reads series ${series}, which feeds the input no longer`, {
        hint: 'Run the job once with the definition that it was planned with.',
        details: { series },
      });
    const arrive = arrivalsAfter(done, series);
    for await (const { n, objects: found } of contributions(store, contributor, from, to, effects))
      for (const object of found) objects.push(arrive(object, n));
  }
  return inOrder(objects);
}

/** Within a series nothing arrives before what was committed before it, even where a clock was put back. */
function arrivalsAfter(
  { arrivedMs }: InputProgress,
  series: string,
): (object: ContributedObject, commit: number) => UnreadObject {
  let latestMs = arrivedMs[series] ?? 0;
  return (object, commit) => {
    latestMs = Math.max(latestMs, object.arrivalMs ?? 0);
    return { ...object, series, commit, arrivalMs: latestMs };
  };
}

/** By arrival, then by commit and key: the same order whichever of them are read in one run. */
function inOrder(objects: readonly UnreadObject[]): readonly UnreadObject[] {
  return objects.toSorted(
    (a, b) =>
      a.arrivalMs - b.arrivalMs || a.commit - b.commit || Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)),
  );
}

/** What was done, once these objects are done too. */
export function progressAfter(
  done: InputProgress,
  consumed: readonly ConsumedRange[],
  objects: readonly UnreadObject[],
): InputProgress {
  const positions = { ...done.positions };
  const arrivedMs = { ...done.arrivedMs };
  for (const { series, to } of consumed) positions[series] = to;
  for (const { series, arrivalMs } of objects) arrivedMs[series] = Math.max(arrivedMs[series] ?? 0, arrivalMs);
  return { positions, arrivedMs };
}

export async function withPaths(store: ObjectStore, objects: readonly UnreadObject[]): Promise<readonly InputObject[]> {
  const found: InputObject[] = [];
  for (const object of objects) found.push({ ...object, path: await soundVersionFile(store, object) });
  return found;
}

/** Objects that are read by one statement, about `bytes` each, so that all workers have enough to do. */
export function inChunks(objects: readonly InputObject[], bytes: number): readonly (readonly InputObject[])[] {
  const chunks: InputObject[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const object of objects) {
    if (size >= bytes) {
      chunks.push([]);
      size = 0;
    }
    chunks.at(-1)?.push(object);
    size += object.sizeBytes;
  }
  return chunks;
}
