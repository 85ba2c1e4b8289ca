import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import { suggestion } from '../../base/nearest.ts';
import { listAll, type ObjectInfo, type ObjectStore } from '../../lake/object-store.ts';
import { openSpilledList } from './spilled-list.ts';

/** A prefix of a store, read object by object. */
export interface ObjectSide {
  readonly store: ObjectStore;
  readonly prefix: string;
}

/** What a prefix held when it was listed. */
export interface DataObjects {
  readonly count: number;
  objects(): AsyncGenerator<ObjectInfo>;
}

/**
 * Lists the objects of a prefix into a file at `path`, which is the caller's to remove; those whose path has a segment that begins
 * with `_` or `.` are not data, as everywhere. PH_NOTHING_READ where there is none, PH_STORAGE_*.
 */
export async function dataObjects(side: ObjectSide, path: string, effects: Effects): Promise<DataObjects> {
  const { store, prefix } = side;
  const list = await openSpilledList(path, effects);
  try {
    for await (const object of listAll(store, prefix)) {
      const inside = object.key.slice(prefix.lastIndexOf('/') + 1);
      if (object.sizeBytes === 0 || inside.split('/').some((segment) => /^[_.]/.test(segment))) continue;
      const full = list.add(JSON.stringify(object));
      if (full !== undefined) await full;
    }
    await list.finish();
  } finally {
    await list.close();
  }
  if (list.count === 0) throw await nothingUnder(side);
  return {
    count: list.count,
    objects: async function* () {
      // What was written above.
      for await (const text of list.texts()) yield JSON.parse(text) as ObjectInfo;
    },
  };
}

/** A prefix that was mistyped, most likely. */
async function nothingUnder({ store, prefix }: ObjectSide): Promise<PlayheadError> {
  const { prefixes } = await store.list('', { delimiter: '/' });
  const hint = suggestion(
    prefix,
    prefixes.filter((name) => !/^[_.]/.test(name)),
  );
  return new PlayheadError('PH_NOTHING_READ', `there is no object under ${prefix === '' ? 'the lake' : prefix}`, {
    ...(hint === '' ? {} : { hint }),
  });
}
