import { copySlack } from './digits.ts';
import { rowWord } from './event-rows.ts';
import { sessionWord } from './live-sessions.ts';
import { indexWords, type Piece, type WrittenFact } from './record-program.ts';
import type { Texts } from './record-texts.ts';

/** What the renderer writes at each step, after the step's fixed bytes: of the session, or of the row. */
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

/**
 * Words of a step: start and end of its fixed bytes, what, and from which word of the row or the session; of an event's
 * text where its column begins and its stride.
 */
export const stepWords = 6;

type Operation = readonly [what: number, word: number, begin: number, stride: number];

/** Words of a session's text: which word of the session chooses it, and where its column begins and its stride. */
export const sessionTextWords = 3;

/** A record as a program of the renderer. */
export interface RecordCode {
  readonly program: Int32Array;
  /** Texts that stay the same through a session: which of the prepared ones they are, is looked up once a session. */
  readonly sessionTexts: Int32Array;
  /** No record is longer, with the bytes that copying may write too many. */
  readonly recordBytes: number;
}

export function compileRecord(pieces: readonly Piece[], texts: Texts): RecordCode {
  const steps = new Steps(texts);
  for (const piece of pieces) steps.add(piece);
  const bytes = pieces.reduce((sum, piece) => sum + longestBytes(piece, texts), 0);
  return {
    program: steps.program(),
    sessionTexts: Int32Array.from(steps.sessionTexts),
    recordBytes: bytes + copySlack,
  };
}

/** The longest number is a time. */
const longestNumber = 24;

function longestBytes(piece: Piece, texts: Texts): number {
  if (piece.piece === 'literal' || piece.piece === 'text') return texts.columnOf(piece).longestBytes;
  return piece.piece === 'number' ? longestNumber : 0;
}

/** Fixed bytes wait for what is written after them, so that the two are one step. */
class Steps {
  readonly sessionTexts: number[] = [];
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
    const { begin } = this.#texts.columnOf(piece);
    this.#fixed = [this.#texts.spans[begin] ?? 0, this.#texts.spans[begin + 1] ?? 0];
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
    if (this.#fixed[1] > this.#fixed[0]) this.#addOperation([op.nothing, 0, 0, 0]);
  }

  #operationOf(piece: Exclude<Piece, { piece: 'literal' }>): Operation {
    switch (piece.piece) {
      case 'number':
        return numberOperations[piece.fact];
      case 'key-start':
        return [op.keyStart, 0, 0, 0];
      case 'key-end':
        return [op.keyEnd, 0, 0, 0];
      case 'text': {
        const { row, word } = indexWords[piece.index];
        const { begin, stride } = this.#texts.columnOf(piece);
        if (row) return [op.eventText, word, begin, stride];
        this.sessionTexts.push(word, begin, stride);
        return [op.sessionText, this.sessionTexts.length / sessionTextWords - 1, 0, 0];
      }
    }
  }
}

const numberOperations: Readonly<Record<WrittenFact, Operation>> = {
  eventId: [op.eventId, rowWord.step, 0, 0],
  sessionId: [op.hex, sessionWord.sessionId, 0, 0],
  deviceId: [op.hex, sessionWord.deviceId, 0, 0],
  time: [op.time, rowWord.time, 0, 0],
  timeMs: [op.timeMs, rowWord.time, 0, 0],
  startTime: [op.startTime, 0, 0, 0],
  release: [op.release, sessionWord.release, 0, 0],
  playhead: [op.integer, rowWord.playhead, 0, 0],
  watched: [op.integer, rowWord.watched, 0, 0],
  stalls: [op.integer, rowWord.stalls, 0, 0],
  stallSeconds: [op.integer, rowWord.stallSeconds, 0, 0],
  errors: [op.integer, rowWord.errors, 0, 0],
  completion: [op.completion, rowWord.playhead, 0, 0],
  bandwidth: [op.hundredths, rowWord.bandwidth, 0, 0],
};
