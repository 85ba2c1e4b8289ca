import type { Slice } from './arrival-queue.ts';
import type { EncodedObject } from './encode.ts';
import type { RejectedRecord } from './error-record.ts';
import type { PlanTools } from './plan-tools.ts';
import { sideBySide } from './side-by-side.ts';
import { type ObjectGroup, splitFlush } from './split.ts';

/** What becomes of a flush's records, before any of it is put. Disposing lets go of what its bodies lie in. */
export interface MadeFlush extends AsyncDisposable {
  /** In the order of their ordinals. */
  readonly objects: readonly { readonly group: ObjectGroup; readonly encoded: EncodedObject }[];
  /** Records that are in none of them. */
  readonly rejected: readonly RejectedRecord[];
}

/** Objects of one flush that are packed and put at once: it has many only where dynamic partitioning makes them. */
export const objectsAtOnce = 4;

/** Divides and packs a flush's records: a function of the records and the settings alone, so that it may be done ahead. */
export async function makeFlush(slices: readonly Slice[], { split, encoder }: PlanTools): Promise<MadeFlush> {
  const held = new AsyncDisposableStack();
  try {
    const { groups, rejected } = splitFlush(slices, split);
    const objects = await sideBySide(groups, objectsAtOnce, async (group) => {
      const encoded = await encoder.encode(group.slices);
      if (encoded.held !== undefined) held.use(encoded.held);
      return { group, encoded };
    });
    return { objects, rejected, [Symbol.asyncDispose]: () => held.disposeAsync() };
  } catch (error) {
    await held.disposeAsync();
    throw error;
  }
}
