import { copyBytes, TimeWriter, writeHex, writeHundredths, writeInteger, writeRelease, writeTimeMs } from './digits.ts';
import { rowWord } from './event-rows.ts';
import type { IdPermutation } from './id-permutation.ts';
import { type LiveSessions, sessionWord, sessionWords } from './live-sessions.ts';
import { compileRecord, op, type RecordCode, sessionTextWords, stepWords } from './record-code.ts';
import type { FactSources, Piece } from './record-program.ts';
import { joinedPieces, Texts } from './record-texts.ts';

/**
 * Writes records as bytes. The mapping is compiled into a short program over prepared bytes, so that a record costs no
 * string, no object and no lookup by name. Rendering waits for memory more than for anything else: what a session needs
 * lies side by side, and the prepared texts are few enough to stay in the processor's cache.
 */
export class RecordRenderer {
  /** No record is longer. */
  readonly maxBytes: number;
  /** After `render`: where the key stands in the bytes written; both 0 for a mapping without one. */
  keyStart = 0;
  keyEnd = 0;
  readonly #code: RecordCode;
  readonly #texts: Texts;
  readonly #eventIds: IdPermutation;
  readonly #live: LiveSessions;
  readonly #times = new TimeWriter();
  readonly #startTimes = new TimeWriter();
  #out: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** By place of a live session: start and end of each of its texts. */
  #sessionTexts = new Int32Array(0);

  constructor(pieces: readonly Piece[], sources: FactSources, eventIds: IdPermutation, live: LiveSessions) {
    const parts = joinedPieces(pieces, sources);
    this.#texts = new Texts(parts, sources);
    this.#code = compileRecord(parts, this.#texts);
    this.#eventIds = eventIds;
    this.#live = live;
    this.maxBytes = this.#code.recordBytes;
  }

  /** Writes one event's record at `at`; returns where it ends. `out` must have `maxBytes` left. */
  render(out: Uint8Array, at: number, slotMs: number, rows: Int32Array, row: number): number {
    const session = rows[row + rowWord.session] ?? 0;
    if (this.#live.words[session + sessionWord.rendered] === 0) this.#lookUpTexts(session);
    if (out !== this.#out) {
      this.#out = out;
      this.#view = new DataView(out.buffer, out.byteOffset, out.byteLength);
    }
    return this.#run(this.#view, at, slotMs, rows, row, session);
  }

  #lookUpTexts(session: number): void {
    const { words } = this.#live;
    const { sessionTexts } = this.#code;
    const { spans } = this.#texts;
    const place = session / sessionWords;
    const size = (sessionTexts.length / sessionTextWords) * 2;
    if ((place + 1) * size > this.#sessionTexts.length) {
      const larger = new Int32Array(Math.max(4096, place * 2) * size);
      larger.set(this.#sessionTexts);
      this.#sessionTexts = larger;
    }
    let at = place * size;
    for (let text = 0; text < sessionTexts.length; text += sessionTextWords) {
      const value = words[session + (sessionTexts[text] ?? 0)] ?? 0;
      const span = (sessionTexts[text + 1] ?? 0) + value * (sessionTexts[text + 2] ?? 0);
      this.#sessionTexts[at] = spans[span] ?? 0;
      this.#sessionTexts[at + 1] = spans[span + 1] ?? 0;
      at += 2;
    }
    words[session + sessionWord.rendered] = 1;
  }

  /** A `switch`, not a table of functions: steps are a few instructions each, and calls would cost more. */
  #run(out: DataView, at: number, slotMs: number, rows: Int32Array, row: number, session: number): number {
    const { program, sessionTexts } = this.#code;
    const { bytes } = this.#texts;
    const ownTexts = this.#sessionTexts;
    const own = (session / sessionWords) * (sessionTexts.length / sessionTextWords) * 2;
    const sessions = this.#live.words;
    let next = at;
    for (let pc = 0; pc < program.length; pc += stepWords) {
      next = copyBytes(out, next, bytes, program[pc] ?? 0, program[pc + 1] ?? 0);
      const word = program[pc + 3] ?? 0;
      const value = rows[row + word] ?? 0;
      switch (program[pc + 2]) {
        case op.nothing:
          break;
        case op.sessionText: {
          const text = own + word * 2;
          next = copyBytes(out, next, bytes, ownTexts[text] ?? 0, ownTexts[text + 1] ?? 0);
          break;
        }
        case op.integer:
          next = writeInteger(out, next, value);
          break;
        case op.eventText:
          next = this.#writeText(out, next, (program[pc + 4] ?? 0) + value * (program[pc + 5] ?? 0));
          break;
        case op.hundredths:
          next = writeHundredths(out, next, value);
          break;
        case op.completion:
          next = writeHundredths(out, next, completionOf(value, sessions[session + sessionWord.titleSeconds] ?? 1));
          break;
        case op.time:
          next = this.#times.write(out, next, slotMs + value);
          break;
        case op.eventId:
          next = this.#writeEventId(out, next, session, value);
          break;
        case op.hex:
          next = writeHex(out, next, sessions[session + word] ?? 0);
          break;
        case op.release:
          next = writeRelease(out, next, sessions[session + word] ?? 0);
          break;
        case op.startTime:
          next = this.#startTimes.write(out, next, this.#live.startOf(session));
          break;
        case op.timeMs:
          next = writeTimeMs(out, next, slotMs + value);
          break;
        case op.keyStart:
          this.keyStart = next;
          break;
        case op.keyEnd:
          this.keyEnd = next;
      }
    }
    return next;
  }

  #writeText(out: DataView, at: number, span: number): number {
    const { bytes, spans } = this.#texts;
    return copyBytes(out, at, bytes, spans[span] ?? 0, spans[span + 1] ?? 0);
  }

  #writeEventId(out: DataView, at: number, session: number, step: number): number {
    const { words } = this.#live;
    const high = (words[session + sessionWord.sequenceHigh] ?? 0) + step;
    this.#eventIds.permute64(high, words[session + sessionWord.sequenceLow] ?? 0);
    writeHex(out, at, this.#eventIds.high);
    return writeHex(out, at + 8, this.#eventIds.low);
  }
}

/** Hundredths of a per cent of the title that have been played. */
function completionOf(playhead: number, titleSeconds: number): number {
  return Math.round((playhead * 10_000) / titleSeconds);
}
