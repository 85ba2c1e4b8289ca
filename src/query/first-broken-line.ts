import { isUtf8 } from 'node:buffer';
import { createGunzip } from 'node:zlib';
import type { Effects } from '../base/effects.ts';

const newline = 0x0a;

/**
 * The number, from 1, of the first line of a file (`.gz` is unpacked) that is no JSON object, blank ones aside; undefined
 * where there is none, and where the file can't be read to one. DuckDB counts the lines it has parsed, in parallel and
 * with the failed one, so that its number is often another.
 */
export async function firstBrokenLine(path: string, { fs }: Pick<Effects, 'fs'>): Promise<number | undefined> {
  const handle = await fs.open(path, 'r');
  const file = handle.createReadStream();
  const bytes: AsyncIterable<Buffer> = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  let number = 0;
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of bytes) {
      const text: Buffer = Buffer.concat([rest, chunk]);
      let start = 0;
      for (let end = text.indexOf(newline); end >= 0; end = text.indexOf(newline, start)) {
        number += 1;
        if (isBroken(text.subarray(start, end))) return number;
        start = end + 1;
      }
      rest = text.subarray(start);
    }
    return isBroken(rest) ? number + 1 : undefined;
  } catch {
    // The archive itself is broken: no line of it is to blame.
    return undefined;
  } finally {
    file.destroy();
  }
}

function isBroken(line: Buffer): boolean {
  if (!isUtf8(line)) return true;
  const text = line.toString().trim();
  if (text === '') return false;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value !== 'object' || value === null || Array.isArray(value);
  } catch {
    return true;
  }
}
