/** A line of a text file, without its end. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** Undefined where the line is longer than the limit: its bytes were let go. */
  readonly bytes: Uint8Array | undefined;
  readonly sizeBytes: number;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * Cuts chunks of bytes into lines that end in `\n` or `\r\n`. A line over `maxLineBytes` is counted, not kept, so that
 * memory stays bounded whatever comes. A byte order mark at the start is not part of the first line.
 */
export class LineSplitter {
  readonly #maxLineBytes: number;
  #number = 0;
  /** What came of a line that has not ended. */
  #parts: Uint8Array[] = [];
  #pendingBytes = 0;
  #overlong = false;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** The lines that end within `chunk`; their bytes are views of it where they lie in it whole. */
  *split(chunk: Uint8Array): Generator<Line> {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end < 0) break;
      yield this.#finish(chunk.subarray(start, end));
      start = end + 1;
    }
    this.#hold(chunk.subarray(start));
  }

  /** The unfinished last line, where the input does not end in a newline. */
  *rest(): Generator<Line> {
    if (this.#pendingBytes > 0) yield this.#finish(new Uint8Array(0));
  }

  #finish(tail: Uint8Array): Line {
    this.#number += 1;
    this.#pendingBytes += tail.length;
    const held = this.#parts.length === 0 ? tail : Buffer.concat([...this.#parts, tail]);
    const bytes = trimmed(held, this.#number === 1);
    // One byte more than the limit is held for a carriage return.
    const tooLong = this.#overlong || bytes.length > this.#maxLineBytes;
    const line = { number: this.#number, bytes: tooLong ? undefined : bytes, sizeBytes: this.#pendingBytes };
    this.#parts = [];
    this.#pendingBytes = 0;
    this.#overlong = false;
    return line;
  }

  #hold(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#pendingBytes += part.length;
    this.#overlong ||= this.#pendingBytes > this.#maxLineBytes + markAndReturnBytes;
    if (this.#overlong) this.#parts = [];
    // The chunk's memory may be used again by whoever reads: what is held is a copy.
    else this.#parts.push(Uint8Array.from(part));
  }
}

/** What a line may have beside its content: a byte order mark and a carriage return. */
const markAndReturnBytes = 4;

function trimmed(line: Uint8Array, isFirst: boolean): Uint8Array {
  const marked = isFirst && line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf;
  const returned = line[line.length - 1] === RETURN;
  // Another view of each line would cost as much as finding its end.
  return marked || returned ? line.subarray(marked ? 3 : 0, returned ? -1 : line.length) : line;
}
