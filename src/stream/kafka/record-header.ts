/**
 * What Playhead knows of a record beside its value and key, in one Kafka header: a byte of flags, the sequence (8 bytes),
 * the arrival time (a 64-bit float, ms since 1970 UTC), big-endian, then the source's name in UTF-8.
 */
export const headerName = Buffer.from('playhead');

/** Bytes before the source's name. */
export const headerHeadBytes = 17;

/** The first format; the upper half of the flags' byte. */
const format = 0x10;
const formatBits = 0xf0;

export const flags = {
  /** The value had a newline at its end, which Kafka's record does not have: other readers print one of their own. */
  lineFramed: 1,
  checkedObjects: 2,
  /** Somebody was erased: the place is all that was appended. */
  erased: 4,
} as const;

/** A header's head for records of one source that follow each other; `writeHead` fills in the rest. */
export function headFlags({
  lineFramed,
  checkedObjects,
  erased,
}: Readonly<Record<keyof typeof flags, boolean>>): number {
  return (
    format |
    (lineFramed ? flags.lineFramed : 0) |
    (checkedObjects ? flags.checkedObjects : 0) |
    (erased ? flags.erased : 0)
  );
}

/** Flags of a header's value; undefined where it is none of ours. */
export function flagsOf(bytes: Buffer, start: number, end: number): number | undefined {
  if (end - start < headerHeadBytes) return undefined;
  const byte = bytes[start] ?? 0;
  return (byte & formatBits) === format ? byte : undefined;
}

export const arrivalOf = (bytes: Buffer, start: number): number => bytes.readDoubleBE(start + 9);
export const sequenceOf = (bytes: Buffer, start: number): bigint => bytes.readBigInt64BE(start + 1);
export const sourceOf = (bytes: Buffer, start: number, end: number): string =>
  bytes.toString('utf8', start + headerHeadBytes, end);
