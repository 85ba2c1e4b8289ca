import { copyBytes, TimeWriter, writeHex, writeHundredths, writeInteger, writeRelease } from './digits.ts';
import { rowWord } from './event-rows.ts';
import type { IdPermutation } from './id-permutation.ts';
import { type LiveSessions, sessionWord, sessionWords } from './live-sessions.ts';
import { compileRecord, op, operand, type RecordCode, stepWords } from './record-code.ts';
import type { FactSources, Piece } from './record-program.ts';
import { Texts } from './record-texts.ts';

/**
 * Writes records as bytes. The mapping is compiled into two short programs over prepared bytes, so that a record costs
 * no string, no object and no lookup by name.
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
  /** Segments of the live sessions: `#code.segmentBytes` for each place. */
  #segments: DataView = new DataView(new ArrayBuffer(0));
  /** By place: the end of each segment, then start and end of the key in its segment. */
  #segmentEnds = new Int32Array(0);
  #slotMs = 0;

  constructor(pieces: readonly Piece[], sources: FactSources, eventIds: IdPermutation, live: LiveSessions) {
    this.#texts = new Texts(pieces, sources);
    this.#code = compileRecord(pieces, this.#texts);
    this.#eventIds = eventIds;
    this.#live = live;
    this.maxBytes = this.#code.recordBytes;
  }

  /** Writes one event's record at `at`; returns where it ends. `out` must have `maxBytes` left. */
  render(out: Uint8Array, at: number, slotMs: number, rows: Int32Array, row: number): number {
    const session = rows[row + rowWord.session] ?? 0;
    const place = session / sessionWords;
    if (this.#live.words[session + sessionWord.rendered] === 0) this.#renderSegments(place, session);
    if (out !== this.#out) {
      this.#out = out;
      this.#view = new DataView(out.buffer, out.byteOffset, out.byteLength);
    }
    this.#slotMs = slotMs;
    return this.#run(this.#code.event, this.#view, at, rows, row, session, place);
  }

  #renderSegments(place: number, session: number): void {
    const { segmentBytes, segments } = this.#code;
    const at = place * segmentBytes;
    if (at + segmentBytes > this.#segments.byteLength) this.#growSegments(place);
    this.#live.words[session + sessionWord.rendered] = 1;
    this.#run(this.#code.session, this.#segments, at, this.#live.words, session, session, place);
    const ends = place * (segments + 2) + segments;
    this.#segmentEnds[ends] = this.keyStart;
    this.#segmentEnds[ends + 1] = this.keyEnd;
  }

  #growSegments(place: number): void {
    const places = Math.max(4096, place * 2);
    const segments = new Uint8Array(places * this.#code.segmentBytes);
    segments.set(new Uint8Array(this.#segments.buffer));
    this.#segments = new DataView(segments.buffer);
    const ends = new Int32Array(places * (this.#code.segments + 2));
    ends.set(this.#segmentEnds);
    this.#segmentEnds = ends;
  }

  /** A `switch`, not a table of functions: steps are a few instructions each, and calls would cost more. */
  #run(
    program: Int32Array,
    out: DataView,
    at: number,
    rows: Int32Array,
    row: number,
    session: number,
    place: number,
  ): number {
    const sessions = this.#live.words;
    const { bytes } = this.#texts;
    let next = at;
    for (let pc = 0; pc < program.length; pc += stepWords) {
      next = copyBytes(out, next, bytes, program[pc] ?? 0, program[pc + 1] ?? 0);
      const where = program[pc + 3] ?? 0;
      const word = program[pc + 4] ?? 0;
      const extra = program[pc + 5] ?? 0;
      let value = 0;
      if (where === operand.row) value = rows[row + word] ?? 0;
      else if (where === operand.session) value = sessions[session + word] ?? 0;
      switch (program[pc + 2]) {
        case op.segment:
          next = this.#writeSegment(out, next, place, extra, word === 1);
          break;
        case op.integer:
          next = writeInteger(out, next, value);
          break;
        case op.text:
          next = this.#writeText(out, next, extra + value);
          break;
        case op.hundredths:
          next = writeHundredths(out, next, value);
          break;
        case op.completion:
          next = writeHundredths(out, next, completionOf(value, sessions[session + sessionWord.titleSeconds] ?? 1));
          break;
        case op.time:
          next = this.#times.write(out, next, this.#slotMs + value);
          break;
        case op.eventId:
          next = this.#writeEventId(out, next, session, value);
          break;
        case op.hex:
          next = writeHex(out, next, value);
          break;
        case op.release:
          next = writeRelease(out, next, value);
          break;
        case op.startTime:
          next = this.#startTimes.write(out, next, this.#live.startOf(session));
          break;
        case op.timeMs:
          next = writeInteger(out, next, this.#slotMs + value);
          break;
        case op.keyStart:
          this.keyStart = next;
          break;
        case op.keyEnd:
          this.keyEnd = next;
          break;
        case op.segmentEnd:
          this.#segmentEnds[place * (this.#code.segments + 2) + extra] = next;
      }
    }
    return next;
  }

  #writeText(out: DataView, at: number, number: number): number {
    const { bytes, starts, numbers } = this.#texts;
    const text = numbers[number] ?? 0;
    return copyBytes(out, at, bytes, starts[text] ?? 0, starts[text + 1] ?? 0);
  }

  #writeSegment(out: DataView, at: number, place: number, segment: number, holdsKey: boolean): number {
    const { segments, segmentBytes } = this.#code;
    const ends = place * (segments + 2);
    const start = segment === 0 ? place * segmentBytes : (this.#segmentEnds[ends + segment - 1] ?? 0);
    if (holdsKey) {
      this.keyStart = at + (this.#segmentEnds[ends + segments] ?? 0) - start;
      this.keyEnd = at + (this.#segmentEnds[ends + segments + 1] ?? 0) - start;
    }
    return copyBytes(out, at, this.#segments, start, this.#segmentEnds[ends + segment] ?? 0);
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
