import { rowWord } from './event-rows.ts';
import { sessionWord } from './live-sessions.ts';
import { indexWords, type Piece, type WrittenFact } from './record-program.ts';
import type { Texts } from './record-texts.ts';

/** What the renderer writes at each step, after the step's fixed bytes. */
export const op = {
  nothing: 0,
  text: 1,
  segment: 2,
  integer: 3,
  hundredths: 4,
  completion: 5,
  time: 6,
  eventId: 7,
  hex: 8,
  startTime: 9,
  release: 10,
  timeMs: 11,
  keyStart: 12,
  keyEnd: 13,
  segmentEnd: 14,
} as const;

/** Where a step's operand stands. */
export const operand = { none: 0, row: 1, session: 2 } as const;

/** Words of a step: start and end of its fixed bytes, what, where, which word, and a number that belongs to it. */
export const stepWords = 6;

type Operation = readonly [what: number, where: number, word: number, extra: number];

/**
 * A record as two programs. What stays the same through a session (households, titles, devices and the fixed bytes
 * between them: most of a record) is written once a session, as segments; an event then copies the segments and writes
 * its own numbers between them. Rendering waits for memory above all, and a session's segments lie side by side.
 */
export interface RecordCode {
  readonly session: Int32Array;
  readonly event: Int32Array;
  readonly segments: number;
  /** No session's segments, and no record, are longer. */
  readonly segmentBytes: number;
  readonly recordBytes: number;
}

export function compileRecord(pieces: readonly Piece[], texts: Texts): RecordCode {
  const session = new Steps(texts);
  const event = new Steps(texts);
  let segments = 0;
  let segmentBytes = 0;
  let recordBytes = 0;
  for (const run of runsOf(pieces)) {
    const bytes = run.reduce((sum, piece) => sum + (texts.longestBytes.get(piece) ?? longestNumber), 0);
    recordBytes += bytes;
    if (!run.some(staysThroughSession)) {
      for (const piece of run) event.add(piece);
      continue;
    }
    event.addOperation([op.segment, operand.none, run.some(({ piece }) => piece === 'key-end') ? 1 : 0, segments]);
    for (const piece of run) session.add(piece);
    session.addOperation([op.segmentEnd, operand.none, 0, segments]);
    segments += 1;
    segmentBytes += bytes;
  }
  return {
    session: session.code(),
    event: event.code(),
    segments,
    segmentBytes: segmentBytes + copySlack,
    recordBytes: recordBytes + copySlack,
  };
}

/** The longest number is a time. Texts are copied four bytes at a time. */
const longestNumber = 24;
const copySlack = 4;

/** Fixed bytes wait for what is written after them, so that the two are one step. */
class Steps {
  readonly #texts: Texts;
  readonly #words: number[] = [];
  #fixed: readonly [start: number, end: number] = [0, 0];

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  add(piece: Piece): void {
    if (piece.piece !== 'literal') {
      this.addOperation(operationOf(piece, this.#texts));
      return;
    }
    if (this.#fixed[1] > this.#fixed[0]) this.addOperation([op.nothing, operand.none, 0, 0]);
    const text = this.#texts.numbers[this.#texts.begins.get(piece) ?? 0] ?? 0;
    this.#fixed = [this.#texts.starts[text] ?? 0, this.#texts.starts[text + 1] ?? 0];
  }

  addOperation(operation: Operation): void {
    this.#words.push(...this.#fixed, ...operation);
    this.#fixed = [0, 0];
  }

  code(): Int32Array {
    if (this.#fixed[1] > this.#fixed[0]) this.addOperation([op.nothing, operand.none, 0, 0]);
    return Int32Array.from(this.#words);
  }
}

/** Pieces that change from event to event on their own; what stands between them together. */
function runsOf(pieces: readonly Piece[]): Piece[][] {
  const runs: Piece[][] = [[]];
  for (const piece of pieces) {
    if (changesByEvent(piece)) runs.push([piece], []);
    else runs.at(-1)?.push(piece);
  }
  return runs.filter((run) => run.length > 0);
}

const sessionFacts: ReadonlySet<WrittenFact> = new Set(['sessionId', 'deviceId', 'startTime', 'release']);

function changesByEvent(piece: Piece): boolean {
  if (piece.piece === 'number') return !sessionFacts.has(piece.fact);
  return piece.piece === 'text' && piece.index === 'kind';
}

function staysThroughSession(piece: Piece): boolean {
  return (piece.piece === 'number' || piece.piece === 'text') && !changesByEvent(piece);
}

function operationOf(piece: Exclude<Piece, { piece: 'literal' }>, texts: Texts): Operation {
  switch (piece.piece) {
    case 'number':
      return numberOperations[piece.fact];
    case 'key-start':
      return [op.keyStart, operand.none, 0, 0];
    case 'key-end':
      return [op.keyEnd, operand.none, 0, 0];
    case 'text': {
      const { row, word } = indexWords[piece.index];
      return [op.text, row ? operand.row : operand.session, word, texts.begins.get(piece) ?? 0];
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
