import { type FactSources, indexSizes, type Piece, type TextIndex } from './record-program.ts';

/** Up to so many texts stand in the processor's cache together with everything else. */
const fewTexts = 1024;

/** Joins a text, the fixed bytes after it and a text by the same number, as long as the joined texts stay few. */
export function joinedPieces(pieces: readonly Piece[], sources: FactSources): Piece[] {
  const sizes = indexSizes(sources);
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const [before, fixed] = joined.slice(-2);
    const both =
      piece.piece === 'text' && fixed?.piece === 'literal' && before?.piece === 'text' && before.index === piece.index
        ? { ...piece, of: (n: number) => `${before.of(n)}${fixed.text}${piece.of(n)}` }
        : undefined;
    if (both !== undefined && isFew(both, sizes[both.index])) joined.splice(-2, 2, both);
    else joined.push(piece);
  }
  return joined;
}

function isFew({ of }: Extract<Piece, { piece: 'text' }>, size: number): boolean {
  const distinct = new Set<string>();
  for (let n = 0; n < size && distinct.size <= fewTexts; n += 1) distinct.add(of(n));
  return distinct.size <= fewTexts;
}

export type TextPiece = Extract<Piece, { piece: 'literal' | 'text' }>;

/** Prepared texts of records, all in one stretch of bytes: each part's, one for each value of its index. */
export class Texts {
  /** Text n is `bytes[starts[n] .. starts[n + 1]]`; four bytes of padding follow the last. */
  bytes: DataView = new DataView(new ArrayBuffer(4));
  starts: Int32Array = new Int32Array(1);
  /** Where an index begins, plus its value → n: many values may share a text. */
  numbers: Int32Array = new Int32Array(0);
  /** By part: where its index begins in `numbers`, and the length of its longest text. */
  readonly begins = new Map<Piece, number>();
  readonly longestBytes = new Map<Piece, number>();

  constructor(pieces: readonly Piece[], sources: FactSources) {
    const sizes = indexSizes(sources);
    const numbers: number[] = [];
    const known: Buffer[] = [];
    for (const piece of pieces) {
      if (piece.piece !== 'literal' && piece.piece !== 'text') continue;
      this.begins.set(piece, numbers.length);
      this.longestBytes.set(piece, addTexts(piece, sizes, numbers, known));
    }
    this.starts = new Int32Array(known.length + 1);
    let end = 0;
    for (const [n, text] of known.entries()) {
      end += text.length;
      this.starts[n + 1] = end;
    }
    const bytes = new Uint8Array(end + 4);
    bytes.set(Buffer.concat(known));
    this.bytes = new DataView(bytes.buffer);
    this.numbers = Int32Array.from(numbers);
  }
}

/** Returns the length of the longest. */
function addTexts(
  piece: TextPiece,
  sizes: Readonly<Record<TextIndex, number>>,
  numbers: number[],
  known: Buffer[],
): number {
  const here = new Map<string, number>();
  let longest = 0;
  const size = piece.piece === 'literal' ? 1 : sizes[piece.index];
  for (let value = 0; value < size; value += 1) {
    const text = piece.piece === 'literal' ? piece.text : piece.of(value);
    let number = here.get(text);
    if (number === undefined) {
      number = known.length;
      here.set(text, number);
      const bytes = Buffer.from(text);
      known.push(bytes);
      longest = Math.max(longest, bytes.length);
    }
    numbers.push(number);
  }
  return longest;
}
