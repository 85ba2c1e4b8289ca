import type { SideRecord } from './side.ts';

const openBrace = 0x7b;
const closeBrace = 0x7d;
const quote = 0x22;
const backslash = 0x5c;

/**
 * The records of a line. Mostly it is one; a line of objects that follow each other without a newline, as Firehose
 * writes them when nobody asked it for one, is as many: `3:2` is then the second of line 3.
 */
export function recordsOfLine(line: Uint8Array, number: number): readonly SideRecord[] {
  if (isBlank(line)) return [];
  const ends = objectEnds(line);
  if (ends.length < 2) return [{ bytes: line, at: String(number) }];
  return ends.map((end, i) => ({ bytes: line.subarray(ends[i - 1] ?? 0, end), at: `${number}:${i + 1}` }));
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

/** Where each object of the line ends; none where the line is anything else than objects and space. */
function objectEnds(line: Uint8Array): readonly number[] {
  // One object alone, by far the most lines: nothing closes before the end and opens again.
  if (!mayHoldSeveral(line)) return [];
  const ends: number[] = [];
  let depth = 0;
  for (let at = 0; at < line.length; at += 1) {
    const byte = line[at];
    if (byte === quote && depth > 0) at = stringEnd(line, at);
    else if (byte === openBrace) depth += 1;
    else if (byte === closeBrace) {
      depth -= 1;
      if (depth < 0) return [];
      if (depth === 0) ends.push(at + 1);
    } else if (depth === 0 && byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return [];
  }
  return depth === 0 ? ends : [];
}

/** `}{` or `} {` somewhere. */
function mayHoldSeveral(line: Uint8Array): boolean {
  for (let at = line.indexOf(closeBrace); at >= 0 && at < line.length - 1; at = line.indexOf(closeBrace, at + 1)) {
    let next = at + 1;
    while (line[next] === 0x20 || line[next] === 0x09) next += 1;
    if (line[next] === openBrace) return true;
  }
  return false;
}

function stringEnd(line: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < line.length && line[at] !== quote) at += line[at] === backslash ? 2 : 1;
  return at;
}
