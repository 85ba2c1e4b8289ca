import { rowWord, rowWords } from './event-rows.ts';
import type { IdPermutation } from './id-permutation.ts';
import { type LiveSessions, sessionWord, sessionWords } from './live-sessions.ts';
import { compileRecord, type KeyPlace, type RecordCode, sessionTextWords } from './record-code.ts';
import type { FactSources, Piece } from './record-program.ts';
import { joinedPieces, Texts } from './record-texts.ts';

/** So many rows are fetched before they are rendered: more would push the first ones out of the processor's cache again. */
export const rowsFetched = 64;

/**
 * Writes records as bytes. The mapping is compiled into code over prepared bytes, so that a record costs no string, no
 * object and no lookup by name. What is left is waiting for memory: what a session needs lies side by side, and `fetch`
 * waits for many rows at once.
 */
export class RecordRenderer implements KeyPlace {
  /** No record is longer. */
  readonly maxBytes: number;
  /** After `render`: where the key stands in the bytes written; both 0 for a mapping without one. */
  keyStart = 0;
  keyEnd = 0;
  readonly #code: RecordCode;
  readonly #texts: Texts;
  readonly #live: LiveSessions;
  /** Words of a session's texts. */
  readonly #ownWords: number;
  #out: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** By place of a live session: start and end of each of its texts. */
  #ownTexts = new Int32Array(0);
  /** Of what `fetch` looked at: a compiler drops loads that nobody uses. */
  seen = 0;

  constructor(pieces: readonly Piece[], sources: FactSources, eventIds: IdPermutation, live: LiveSessions) {
    const parts = joinedPieces(pieces, sources);
    this.#texts = new Texts(parts, sources);
    this.#code = compileRecord(parts, this.#texts, eventIds, this);
    this.#ownWords = (this.#code.sessionTexts.length / sessionTextWords) * 2;
    this.#live = live;
    this.maxBytes = this.#code.recordBytes;
  }

  /** Writes one event's record at `at`; returns where it ends. `out` must have `maxBytes` left. */
  render(out: Uint8Array, at: number, slotMs: number, rows: Int32Array, row: number): number {
    const session = rows[row + rowWord.session] ?? 0;
    const { words } = this.#live;
    if (words[session + sessionWord.rendered] === 0) this.#lookUpTexts(session);
    if (out !== this.#out) {
      this.#out = out;
      this.#view = new DataView(out.buffer, out.byteOffset, out.byteLength);
    }
    const own = (session / sessionWords) * this.#ownWords;
    const startMs = this.#live.startOf(session);
    return this.#code.write(this.#view, at, slotMs, rows, row, words, session, startMs, this.#ownTexts, own);
  }

  /**
   * Looks at all that rendering the rows `order[from..to)` takes. Loads that don't depend on each other wait for memory
   * together, so that rendering, where they would wait one after the other, finds everything in the processor's cache.
   */
  fetch(rows: Int32Array, order: Int32Array, from: number, to: number): void {
    const { words } = this.#live;
    const sessionOf = (i: number): number => rows[(order[i] ?? 0) * rowWords + rowWord.session] ?? 0;
    let seen = 0;
    for (let i = from; i < to; i += 1)
      seen ^= (words[sessionOf(i)] ?? 0) ^ (words[sessionOf(i) + sessionWords - 1] ?? 0);
    for (let i = from; i < to; i += 1) seen ^= this.#ownTexts[(sessionOf(i) / sessionWords) * this.#ownWords] ?? 0;
    for (let i = from; i < to; i += 1) {
      const session = sessionOf(i);
      if (words[session + sessionWord.rendered] === 0) this.#lookUpTexts(session);
      const own = (session / sessionWords) * this.#ownWords;
      for (let text = 0; text < this.#ownWords; text += 2)
        seen ^= this.#texts.bytes.getUint8(this.#ownTexts[own + text] ?? 0);
    }
    this.seen ^= seen;
  }

  #lookUpTexts(session: number): void {
    const { words } = this.#live;
    const { sessionTexts } = this.#code;
    const { spans } = this.#texts;
    const place = session / sessionWords;
    if ((place + 1) * this.#ownWords > this.#ownTexts.length) {
      const larger = new Int32Array(Math.max(4096, place * 2) * this.#ownWords);
      larger.set(this.#ownTexts);
      this.#ownTexts = larger;
    }
    let at = place * this.#ownWords;
    for (let text = 0; text < sessionTexts.length; text += sessionTextWords) {
      const value = words[session + (sessionTexts[text] ?? 0)] ?? 0;
      const span = (sessionTexts[text + 1] ?? 0) + value * (sessionTexts[text + 2] ?? 0);
      this.#ownTexts[at] = spans[span] ?? 0;
      this.#ownTexts[at + 1] = spans[span + 1] ?? 0;
      at += 2;
    }
    words[session + sessionWord.rendered] = 1;
  }
}
