import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { objectScanner } from '../record/object-scan.ts';

export interface CopiedLines {
  /** Lines that are one JSON object, all of which were copied. */
  readonly objects: number;
  /** Lines that are not, the blank ones aside. */
  readonly others: number;
  /** The number, from 1, of the first of those. */
  readonly firstOther?: number;
}

const newline = 0x0a;

/**
 * Copies the lines of an NDJSON file (`.gz` is unpacked) that are one JSON object each, so that DuckDB can read them all.
 * Throws PH_USAGE where the file cannot be read, PH_STORAGE_FAILED where the copy cannot be written.
 */
export async function copyObjectLines(from: string, to: string, effects: Pick<Effects, 'fs'>): Promise<CopiedLines> {
  const scan = objectScanner();
  const counts: { objects: number; others: number; firstOther?: number } = { objects: 0, others: 0 };
  let lines = 0;
  const keep = (line: Uint8Array): boolean => {
    lines += 1;
    if (line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09)) return false;
    const good = isUtf8(line) && scan(line, 0, line.length) === undefined;
    if (good) counts.objects += 1;
    else {
      counts.others += 1;
      counts.firstOther ??= lines;
    }
    return good;
  };
  const out = await effects.fs.open(to, 'wx', 0o600);
  try {
    const read = createReadStream(from);
    const copy = async (source: AsyncIterable<Uint8Array>): Promise<void> => {
      let rest: Uint8Array | undefined;
      for await (const chunk of source) {
        const bytes = rest === undefined ? withoutMark(chunk) : Buffer.concat([rest, chunk]);
        const end = bytes.lastIndexOf(newline) + 1;
        await out.writeFile(keptLines(bytes.subarray(0, end), keep));
        rest = bytes.subarray(end);
      }
      if (rest !== undefined && rest.length > 0 && keep(rest))
        await out.writeFile(Buffer.concat([rest, Buffer.of(newline)]));
    };
    await (from.endsWith('.gz') ? pipeline(read, createGunzip(), copy) : pipeline(read, copy));
  } catch (cause) {
    throw new PlayheadError(
      'PH_USAGE',
      `cannot read ${from}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  } finally {
    await out.close();
  }
  return counts;
}

/** The first bytes of a file without a byte order mark. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** The lines that are kept, each with its newline. */
function keptLines(bytes: Uint8Array, keep: (line: Uint8Array) => boolean): Uint8Array {
  const kept: Uint8Array[] = [];
  let start = 0;
  for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
    if (keep(bytes.subarray(start, end))) kept.push(bytes.subarray(start, end + 1));
    start = end + 1;
  }
  return Buffer.concat(kept);
}
