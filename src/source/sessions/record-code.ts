import { rowWord } from './event-rows.ts';
import { sessionWord } from './live-sessions.ts';
import { indexWords, type Piece, type WrittenFact } from './record-program.ts';
import type { Texts } from './record-texts.ts';

/** What the renderer writes at each step, after the step's fixed bytes. */
export const op = {
  nothing: 0,
  sessionText: 1,
  integer: 2,
  eventText: 3,
  hundredths: 4,
  completion: 5,
  time: 6,
  eventId: 7,
  hex: 8,
  release: 9,
  startTime: 10,
  timeMs: 11,
  keyStart: 12,
  keyEnd: 13,
} as const;

/** Where a step's operand stands. */
export const operand = { none: 0, row: 1, session: 2 } as const;

/** Words of a step: start and end of its fixed bytes, what, where, which word, and a number that belongs to it. */
export const stepWords = 6;

type Operation = readonly [what: number, where: number, word: number, extra: number];

/** A text that stays the same through a session: which of the prepared ones it is, is looked up once a session. */
export interface SessionText {
  /** Word of the session that holds the value of the text's index. */
  readonly word: number;
  /** Where the index begins in the prepared texts' numbers. */
  readonly begin: number;
}

/** A record as a program of the renderer. */
export interface RecordCode {
  readonly program: Int32Array;
  readonly sessionTexts: readonly SessionText[];
  /** No record is longer, with the bytes that copying may write too many. */
  readonly recordBytes: number;
}

export function compileRecord(pieces: readonly Piece[], texts: Texts): RecordCode {
  const steps = new Steps(texts);
  for (const piece of pieces) steps.add(piece);
  const bytes = pieces.reduce((sum, piece) => sum + (texts.longestBytes.get(piece) ?? longestNumber), 0);
  return { program: steps.program(), sessionTexts: steps.sessionTexts, recordBytes: bytes + copySlack };
}

/** The longest number is a time. Texts are copied four bytes at a time. */
const longestNumber = 24;
const copySlack = 4;

/** Fixed bytes wait for what is written after them, so that the two are one step. */
class Steps {
  readonly sessionTexts: SessionText[] = [];
  readonly #texts: Texts;
  readonly #words: number[] = [];
  #fixed: readonly [start: number, end: number] = [0, 0];

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  add(piece: Piece): void {
    if (piece.piece !== 'literal') {
      this.#addOperation(this.#operationOf(piece));
      return;
    }
    this.#flush();
    const text = this.#texts.numbers[this.#texts.begins.get(piece) ?? 0] ?? 0;
    this.#fixed = [this.#texts.starts[text] ?? 0, this.#texts.starts[text + 1] ?? 0];
  }

  program(): Int32Array {
    this.#flush();
    return Int32Array.from(this.#words);
  }

  #addOperation(operation: Operation): void {
    this.#words.push(...this.#fixed, ...operation);
    this.#fixed = [0, 0];
  }

  #flush(): void {
    if (this.#fixed[1] > this.#fixed[0]) this.#addOperation([op.nothing, operand.none, 0, 0]);
  }

  #operationOf(piece: Exclude<Piece, { piece: 'literal' }>): Operation {
    switch (piece.piece) {
      case 'number':
        return numberOperations[piece.fact];
      case 'key-start':
        return [op.keyStart, operand.none, 0, 0];
      case 'key-end':
        return [op.keyEnd, operand.none, 0, 0];
      case 'text': {
        const { row, word } = indexWords[piece.index];
        const begin = this.#texts.begins.get(piece) ?? 0;
        if (row) return [op.eventText, operand.row, word, begin];
        this.sessionTexts.push({ word, begin });
        return [op.sessionText, operand.none, 0, this.sessionTexts.length - 1];
      }
    }
  }
}

const numberOperations: Readonly<Record<WrittenFact, Operation>> = {
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
