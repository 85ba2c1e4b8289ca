import { valueAt, valueStart } from '../record/batch.ts';
import type { Slice } from './arrival-queue.ts';

const newlineByte = 0x0a;
const spaceByte = 0x20;

/**
 * The records of some slices one after the other, each on a line of its own: exactly one newline after every record; in parts, each
 * of whole lines. No record is decoded. A newline inside a record can only be space between JSON's tokens (in a string it is
 * escaped) and becomes a space, for one object must hold one row a line. What is framed already is not copied: it is a view of
 * its batch.
 */
export function framedParts(slices: readonly Slice[]): Uint8Array[] {
  // `lineFramed` and checked by its producer: known to be one line a record.
  return slices.map((slice) =>
    slice.batch.lineFramed && slice.batch.checkedObjects ? valuesOf(slice) : framedCopy(slice),
  );
}

/** The records of some slices one after the other, byte for byte as the log holds them, in parts: views of their batches. */
export function valueParts(slices: readonly Slice[]): Uint8Array[] {
  return slices.map(valuesOf);
}

function valuesOf({ batch, from, to }: Slice): Uint8Array {
  return batch.values.subarray(valueStart(batch, from), batch.valueEnds[to - 1]);
}

function framedCopy({ batch, from, to }: Slice): Uint8Array {
  const framed = Buffer.allocUnsafeSlow(valuesOf({ batch, from, to }).length + to - from);
  let at = 0;
  for (let i = from; i < to; i += 1) {
    const value = valueAt(batch, i);
    framed.set(value, at);
    const end = at + value.length;
    const contentEnd = end > at && framed[end - 1] === newlineByte ? end - 1 : end;
    const record = framed.subarray(at, contentEnd);
    for (let n = record.indexOf(newlineByte); n >= 0; n = record.indexOf(newlineByte, n + 1)) record[n] = spaceByte;
    framed[contentEnd] = newlineByte;
    at = contentEnd + 1;
  }
  return framed.subarray(0, at);
}
