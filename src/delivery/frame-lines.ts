import { valueStart } from '../record/batch.ts';
import type { Slice } from './arrival-queue.ts';

const newlineByte = 0x0a;
const spaceByte = 0x20;

/**
 * The records of some slices one after the other, each on a line of its own: exactly one newline after every record. No
 * record is decoded. A newline inside a record can only be space between JSON's tokens (in a string it is escaped) and
 * becomes a space, for one object must hold one row a line.
 */
export function frameLines(slices: readonly Slice[]): Uint8Array {
  const framed = Buffer.allocUnsafeSlow(
    slices.reduce((sum, slice) => sum + valueBytes(slice) + slice.to - slice.from, 0),
  );
  let at = 0;
  for (const slice of slices) {
    const { batch } = slice;
    // `lineFramed` and checked by its producer: known to be one line a record.
    if (batch.lineFramed && batch.checkedObjects) at = copyWhole(framed, at, slice);
    else at = copyLines(framed, at, slice);
  }
  return framed.subarray(0, at);
}

/** The records of some slices one after the other, byte for byte as the log holds them. */
export function concatenateValues(slices: readonly Slice[]): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(slices.reduce((sum, slice) => sum + valueBytes(slice), 0));
  let at = 0;
  for (const slice of slices) at = copyWhole(bytes, at, slice);
  return bytes;
}

function valueBytes({ batch, from, to }: Slice): number {
  return (batch.valueEnds[to - 1] ?? 0) - valueStart(batch, from);
}

function copyWhole(target: Uint8Array, at: number, { batch, from, to }: Slice): number {
  const bytes = batch.values.subarray(valueStart(batch, from), batch.valueEnds[to - 1]);
  target.set(bytes, at);
  return at + bytes.length;
}

function copyLines(target: Uint8Array, start: number, { batch, from, to }: Slice): number {
  let at = start;
  for (let i = from; i < to; i += 1) {
    const end = copyWhole(target, at, { batch, from: i, to: i + 1 });
    const contentEnd = end > at && target[end - 1] === newlineByte ? end - 1 : end;
    const record = target.subarray(at, contentEnd);
    for (let n = record.indexOf(newlineByte); n >= 0; n = record.indexOf(newlineByte, n + 1)) record[n] = spaceByte;
    target[contentEnd] = newlineByte;
    at = contentEnd + 1;
  }
  return at;
}
