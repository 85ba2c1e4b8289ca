import { PlayheadError } from '../../base/errors.ts';
import { type FactSources, indexSizes, type Piece } from './record-program.ts';

type TextPiece = Extract<Piece, { piece: 'text' }>;

/** Up to so many texts stand in the processor's cache together with everything else. */
const fewTexts = 1024;

/** Joins a text, where there are few, with the fixed bytes before it, and texts by the same number as long as those stay few. */
export function joinedPieces(pieces: readonly Piece[], sources: FactSources): Piece[] {
  const sizes = indexSizes(sources);
  const joined: Piece[] = [];
  for (const piece of pieces) {
    joined.push(piece);
    if (piece.piece !== 'text' || !isFew(piece, sizes[piece.index])) continue;
    const fixed = joined.at(-2);
    const last: TextPiece = fixed?.piece === 'literal' ? { ...piece, of: (n) => `${fixed.text}${piece.of(n)}` } : piece;
    if (last !== piece) joined.splice(-2, 2, last);
    const before = joined.at(-2);
    if (before?.piece !== 'text' || before.index !== piece.index) continue;
    const both: TextPiece = { ...piece, of: (n) => `${before.of(n)}${last.of(n)}` };
    if (isFew(both, sizes[both.index])) joined.splice(-2, 2, both);
  }
  return joined;
}

function isFew({ of }: TextPiece, size: number): boolean {
  const distinct = new Set<string>();
  for (let n = 0; n < size && distinct.size <= fewTexts; n += 1) distinct.add(of(n));
  return distinct.size <= fewTexts;
}

/** A text of up to so many bytes may be read as if it had them all: as many follow the last one. */
export const unrolledBytes = 48;

/** Where a piece's texts are found: that of value `v` has its start and its end at `begin + v * stride`. */
export interface TextColumn {
  readonly begin: number;
  readonly stride: number;
  readonly longestBytes: number;
}

/**
 * Prepared texts of records, all in one stretch of bytes. Where they stand is kept value by value, not piece by piece:
 * all texts of one viewer are found in one line of the processor's cache.
 */
export class Texts {
  /** As many bytes follow the last text as a copy may read too many. */
  readonly bytes: DataView;
  /** Starts and ends in `bytes`, where the columns say. */
  readonly spans: Int32Array;
  readonly #columns = new Map<TextPiece, TextColumn>();

  constructor(pieces: readonly Piece[], sources: FactSources) {
    const sizes = indexSizes(sources);
    const texts = Map.groupBy(
      pieces.filter((piece) => piece.piece === 'text'),
      ({ index }) => index,
    );
    let length = 0;
    for (const [index, columns] of texts) length += sizes[index] * columns.length * 2;
    this.spans = new Int32Array(length);
    const store = new TextBytes();
    let begin = 0;
    for (const [index, columns] of texts) {
      const stride = columns.length * 2;
      for (const [n, piece] of columns.entries())
        this.#fill(piece, { begin: begin + n * 2, stride, size: sizes[index] }, store);
      begin += sizes[index] * stride;
    }
    this.bytes = store.all();
  }

  /** Of one of the pieces that the texts were prepared for. */
  columnOf(piece: TextPiece): TextColumn {
    const column = this.#columns.get(piece);
    if (column === undefined)
      throw new PlayheadError('PH_INTERNAL', 'no texts were prepared for a piece of the record');
    return column;
  }

  #fill(
    piece: TextPiece,
    { begin, stride, size }: { readonly begin: number; readonly stride: number; readonly size: number },
    store: TextBytes,
  ): void {
    const known = new Map<string, readonly [start: number, end: number]>();
    let longestBytes = 0;
    for (let value = 0; value < size; value += 1) {
      const text = piece.of(value);
      let span = known.get(text);
      if (span === undefined) {
        span = store.add(text);
        known.set(text, span);
        longestBytes = Math.max(longestBytes, span[1] - span[0]);
      }
      this.spans.set(span, begin + value * stride);
    }
    this.#columns.set(piece, { begin, stride, longestBytes });
  }
}

/** Texts one after the other as UTF-8. */
class TextBytes {
  readonly #texts: Buffer[] = [];
  #end = 0;

  add(text: string): readonly [start: number, end: number] {
    const bytes = Buffer.from(text);
    const start = this.#end;
    this.#texts.push(bytes);
    this.#end += bytes.length;
    return [start, this.#end];
  }

  all(): DataView {
    const bytes = new Uint8Array(this.#end + unrolledBytes);
    bytes.set(Buffer.concat(this.#texts));
    return new DataView(bytes.buffer);
  }
}
