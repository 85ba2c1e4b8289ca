import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { type ContributedObject, type Contributor, contributions } from '../table/contribution.ts';
import { versionFile } from '../table/retained.ts';
import type { ConsumedRange } from './job-plan.ts';

/** An object to read, in the order of arrival: place in the list is place in the order. */
export interface InputObject extends ContributedObject {
  readonly series: string;
  readonly commit: number;
  /** Where DuckDB reads it. */
  readonly path: string;
}

export type UnreadObject = Omit<InputObject, 'path'>;

export interface DueInput {
  readonly consumed: readonly ConsumedRange[];
  readonly objects: readonly UnreadObject[];
  /** There are more commits than one plan takes. */
  readonly more: boolean;
}

/** What one plan takes at most: its scratch files need about the space of its input. */
export const mostPlannedBytes = 512 * 1024 ** 2;

/** Commits of the input's series that the job has not consumed, as many as one plan takes, with their objects. */
export async function dueInput(
  store: ObjectStore,
  contributors: readonly Contributor[],
  positions: Readonly<Record<string, number>>,
  mostBytes: number,
  effects: Effects,
): Promise<DueInput> {
  const consumed: ConsumedRange[] = [];
  const objects: UnreadObject[] = [];
  let bytes = 0;
  let more = false;
  for (const contributor of contributors) {
    const { series } = contributor;
    const from = positions[series] ?? 0;
    let to = from;
    for await (const { n, objects: found } of contributions(store, contributor, from, undefined, effects)) {
      if (bytes >= mostBytes) {
        more = true;
        break;
      }
      for (const object of found) {
        objects.push({ ...object, series, commit: n });
        bytes += object.sizeBytes;
      }
      to = n + 1;
    }
    if (to > from) consumed.push({ series, from, to });
  }
  return { consumed, objects: inOrder(objects), more };
}

/** The objects of a plan's commits: the same, in the same order, each time. */
export async function plannedInput(
  store: ObjectStore,
  contributors: readonly Contributor[],
  consumed: readonly ConsumedRange[],
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
    for await (const { n, objects: found } of contributions(store, contributor, from, to, effects))
      for (const object of found) objects.push({ ...object, series, commit: n });
  }
  return inOrder(objects);
}

/** By arrival, as far as commits tell it; within a series always by commit and then as the commit lists them. */
function inOrder(objects: readonly UnreadObject[]): readonly UnreadObject[] {
  const series = Map.groupBy(objects, (object) => object.series);
  const queues = [...series.keys()].sort().map((name) => ({ objects: series.get(name) ?? [], next: 0 }));
  const ordered: UnreadObject[] = [];
  while (ordered.length < objects.length) {
    let earliest: { queue: (typeof queues)[number]; object: UnreadObject } | undefined;
    for (const queue of queues) {
      const object = queue.objects[queue.next];
      if (
        object !== undefined &&
        (earliest === undefined || (object.arrivalMs ?? 0) < (earliest.object.arrivalMs ?? 0))
      )
        earliest = { queue, object };
    }
    if (earliest === undefined) break;
    earliest.queue.next += 1;
    ordered.push(earliest.object);
  }
  return ordered;
}

export async function withPaths(store: ObjectStore, objects: readonly UnreadObject[]): Promise<readonly InputObject[]> {
  const found: InputObject[] = [];
  for (const object of objects) found.push({ ...object, path: await versionFile(store, object) });
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
