import { bitAt, type ProducedBatch } from '../../record/batch.ts';
import { listElements, withoutElements } from '../../record/list-elements.ts';
import type { FindErasedIds } from '../../stream/erased-ids.ts';

/**
 * An answer without the records of people who were erased, and how many those are: what an API still says of them is not
 * taken again. All of its records where it names one of them beside its list.
 */
export async function leaveOutErased(
  body: Uint8Array,
  list: string,
  findErased: FindErasedIds,
): Promise<{ readonly body: Uint8Array; readonly erased: number }> {
  const ids = await findErased();
  if (ids === undefined) return { body, erased: 0 };
  const elements = listElements(body, list) ?? [];
  const beside = withoutElements(body, elements, () => true);
  const records = elements.map(({ start, end }) => body.subarray(start, end));
  const erased = ids.erasedIn(batchOf([beside, ...records]));
  if (erased === undefined) return { body, erased: 0 };
  if (bitAt(erased, 0)) return { body: Buffer.from(JSON.stringify({ [list]: [] })), erased: records.length };
  const isGone = (ordinal: number): boolean => bitAt(erased, ordinal + 1);
  return { body: withoutElements(body, elements, isGone), erased: records.filter((_, at) => isGone(at)).length };
}

function batchOf(values: readonly Uint8Array[]): ProducedBatch {
  let end = 0;
  const valueEnds = Uint32Array.from(values, ({ length }) => {
    end += length;
    return end;
  });
  return {
    count: values.length,
    values: Buffer.concat(values),
    valueEnds,
    arrivalMs: new Float64Array(values.length),
    lineFramed: false,
    checkedObjects: false,
  };
}
