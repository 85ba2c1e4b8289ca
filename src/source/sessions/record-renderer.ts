import { TimeWriter, writeHex, writeHundredths, writeInteger } from './digits.ts';
import { rowWord } from './event-rows.ts';
import type { IdPermutation } from './id-permutation.ts';
import { type LiveSessions, sessionWord } from './live-sessions.ts';
import {
  type FactSources,
  indexSizes,
  indexWords,
  type Piece,
  type TextIndex,
  type WrittenFact,
} from './record-program.ts';

/** Prepared texts, one for each value of an index: text n is `bytes[ends[n - 1] .. ends[n]]`. */
interface Texts {
  readonly bytes: Uint8Array;
  readonly ends: Int32Array;
}

/** Operations of the renderer. `text` covers fixed bytes too: they are a text with one value. */
const op = {
  text: 0,
  hex: 1,
  eventId: 2,
  time: 3,
  startTime: 4,
  integer: 5,
  hundredths: 6,
  completion: 7,
  release: 8,
  timeMs: 9,
  keyStart: 10,
  keyEnd: 11,
} as const;
/** Where an operand stands. */
const operand = { none: 0, row: 1, session: 2 } as const;
const opWords = 4;

/**
 * Writes records as bytes. The mapping is compiled into a short program over prepared bytes, so that a record costs no
 * string, no object and no lookup by name.
 */
export class RecordRenderer {
  /** No record is longer. */
  readonly maxBytes: number;
  /** After `render`: where the key stands in the bytes written, both 0 without one. */
  keyStart = 0;
  keyEnd = 0;
  /** After `render`: the id of the event. */
  readonly #eventIds: IdPermutation;
  readonly #program: Int32Array;
  readonly #texts: readonly Texts[];
  readonly #times = new TimeWriter();
  readonly #startTimes = new TimeWriter();

  constructor(pieces: readonly Piece[], sources: FactSources, eventIds: IdPermutation) {
    const texts: Texts[] = [];
    const sizes = indexSizes(sources);
    const program: number[] = [];
    for (const part of merged(pieces)) {
      if (part.piece === 'number') program.push(...numberOps[part.fact]);
      else if (part.piece === 'key-start') program.push(op.keyStart, 0, 0, 0);
      else if (part.piece === 'key-end') program.push(op.keyEnd, 0, 0, 0);
      else {
        const { index } = part;
        const { row, word } = index === undefined ? { row: false, word: 0 } : indexWords[index];
        const where = index === undefined ? operand.none : row ? operand.row : operand.session;
        program.push(op.text, where, word, texts.length);
        texts.push(prepare(part, index === undefined ? 1 : sizes[index]));
      }
    }
    this.#program = Int32Array.from(program);
    this.#texts = texts;
    this.#eventIds = eventIds;
    this.maxBytes = longest(this.#program, texts);
  }

  /** Writes one event's record at `at`; returns where it ends. `out` must have `maxBytes` left. */
  render(out: Uint8Array, at: number, slotMs: number, rows: Int32Array, row: number, live: LiveSessions): number {
    const program = this.#program;
    const session = rows[row + rowWord.session] ?? 0;
    const sessions = live.words;
    let next = at;
    for (let pc = 0; pc < program.length; pc += opWords) {
      const where = program[pc + 1] ?? 0;
      const word = program[pc + 2] ?? 0;
      let value = 0;
      if (where === operand.row) value = rows[row + word] ?? 0;
      else if (where === operand.session) value = sessions[session + word] ?? 0;
      switch (program[pc]) {
        case op.text:
          next = this.#writeText(out, next, program[pc + 3] ?? 0, value);
          break;
        case op.integer:
          next = writeInteger(out, next, value);
          break;
        case op.hundredths:
          next = writeHundredths(out, next, value);
          break;
        case op.hex:
          next = writeHex(out, next, value);
          break;
        case op.time:
          next = this.#times.write(out, next, slotMs + value);
          break;
        case op.startTime:
          next = this.#startTimes.write(out, next, live.startOf(session));
          break;
        case op.timeMs:
          next = writeInteger(out, next, slotMs + value);
          break;
        case op.completion:
          next = writeHundredths(out, next, completionOf(value, sessions[session + sessionWord.titleSeconds] ?? 1));
          break;
        case op.eventId:
          next = this.#writeEventId(out, next, sessions, session, value);
          break;
        case op.release:
          next = writeRelease(out, next, value);
          break;
        case op.keyStart:
          this.keyStart = next;
          break;
        default:
          this.keyEnd = next;
      }
    }
    return next;
  }

  #writeText(out: Uint8Array, at: number, texts: number, n: number): number {
    const { bytes, ends } = this.#texts[texts] as Texts; // every text operand was pushed with its texts
    let from = n === 0 ? 0 : (ends[n - 1] ?? 0);
    const to = ends[n] ?? 0;
    let next = at;
    while (from < to) {
      out[next] = bytes[from] ?? 0;
      next += 1;
      from += 1;
    }
    return next;
  }

  #writeEventId(out: Uint8Array, at: number, sessions: Int32Array, session: number, step: number): number {
    const high = (sessions[session + sessionWord.sequenceHigh] ?? 0) + step;
    this.#eventIds.permute64(high, sessions[session + sessionWord.sequenceLow] ?? 0);
    writeHex(out, at, this.#eventIds.high);
    return writeHex(out, at + 8, this.#eventIds.low);
  }
}

const numberOps: Readonly<Record<WrittenFact, readonly [number, number, number, number]>> = {
  eventId: [op.eventId, operand.row, rowWord.step, 0],
  sessionId: [op.hex, operand.session, sessionWord.sessionId, 0],
  deviceId: [op.hex, operand.session, sessionWord.deviceId, 0],
  time: [op.time, operand.row, rowWord.time, 0],
  timeMs: [op.timeMs, operand.row, rowWord.time, 0],
  startTime: [op.startTime, operand.none, 0, 0],
  release: [op.release, operand.session, sessionWord.release, 0],
  playhead: [op.integer, operand.row, rowWord.playhead, 0],
  watched: [op.integer, operand.row, rowWord.watched, 0],
  stalls: [op.integer, operand.row, rowWord.stalls, 0],
  stallSeconds: [op.integer, operand.row, rowWord.stallSeconds, 0],
  errors: [op.integer, operand.row, rowWord.errors, 0],
  completion: [op.completion, operand.row, rowWord.playhead, 0],
  bandwidth: [op.hundredths, operand.row, rowWord.bandwidth, 0],
};

/** Hundredths of a per cent of the title that have been played. */
function completionOf(playhead: number, titleSeconds: number): number {
  return Math.round((playhead * 10_000) / titleSeconds);
}

function writeRelease(out: Uint8Array, at: number, release: number): number {
  let next = writeInteger(out, at, (release / 1000) | 0);
  out[next] = 46;
  next = writeInteger(out, next + 1, ((release / 100) | 0) % 10);
  out[next] = 46;
  return writeInteger(out, next + 1, release % 100);
}

type MergedText = { readonly piece: 'text'; readonly index: TextIndex | undefined; readonly of: (n: number) => string };
type Merged = Exclude<Piece, { piece: 'literal' | 'text' }> | MergedText;

/** Fixed bytes and texts by the same number that stand side by side become one text. */
function merged(pieces: readonly Piece[]): Merged[] {
  const all: Merged[] = [];
  for (const piece of pieces) {
    const last = all.at(-1);
    if (piece.piece !== 'literal' && piece.piece !== 'text') {
      all.push(piece);
      continue;
    }
    const of = piece.piece === 'literal' ? () => piece.text : piece.of;
    const index = piece.piece === 'literal' ? undefined : piece.index;
    if (last?.piece !== 'text' || (last.index !== undefined && index !== undefined && last.index !== index)) {
      all.push({ piece: 'text', index, of });
      continue;
    }
    const before = last.of;
    all[all.length - 1] = { piece: 'text', index: last.index ?? index, of: (n) => before(n) + of(n) };
  }
  return all;
}

function prepare({ of }: MergedText, size: number): Texts {
  const ends = new Int32Array(size);
  const parts: Buffer[] = [];
  let end = 0;
  for (let n = 0; n < size; n += 1) {
    const bytes = Buffer.from(of(n));
    parts.push(bytes);
    end += bytes.length;
    ends[n] = end;
  }
  return { bytes: new Uint8Array(Buffer.concat(parts)), ends };
}

/** Every number fits in 24 bytes: the longest is a time. */
function longest(program: Int32Array, texts: readonly Texts[]): number {
  const ofTexts = texts.reduce((sum, { ends }) => {
    let most = 0;
    ends.forEach((end, n) => {
      most = Math.max(most, end - (n === 0 ? 0 : (ends[n - 1] ?? 0)));
    });
    return sum + most;
  }, 0);
  return ofTexts + (program.length / opWords) * 24;
}
