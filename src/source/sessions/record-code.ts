import { rowWord } from './event-rows.ts';
import { sessionWord } from './live-sessions.ts';
import { indexWords, type Piece, type WrittenFact } from './record-program.ts';
import type { Texts } from './record-texts.ts';

/** What the renderer does, one after the other. `text` writes fixed bytes too: they are a text with one value. */
export const op = {
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
  segment: 12,
  segmentEnd: 13,
} as const;

/** Where an operation's operand stands. */
export const operand = { none: 0, row: 1, session: 2 } as const;

/** Words of an operation: what, where, which word, and a number that belongs to it. */
export const opWords = 4;

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
  const session: Operation[] = [];
  const event: Operation[] = [];
  let segments = 0;
  let segmentBytes = 0;
  let recordBytes = 0;
  for (const run of runsOf(pieces)) {
    const bytes = run.reduce((sum, piece) => sum + (texts.longestBytes.get(piece) ?? longestNumber), 0);
    const operations = run.map((piece) => operationOf(piece, texts));
    recordBytes += bytes;
    if (!run.some(staysThroughSession)) {
      event.push(...operations);
      continue;
    }
    event.push([op.segment, operand.none, run.some(({ piece }) => piece === 'key-end') ? 1 : 0, segments]);
    session.push(...operations, [op.segmentEnd, operand.none, 0, segments]);
    segments += 1;
    segmentBytes += bytes;
  }
  return {
    session: Int32Array.from(session.flat()),
    event: Int32Array.from(event.flat()),
    segments,
    segmentBytes: segmentBytes + copySlack,
    recordBytes: recordBytes + copySlack,
  };
}

/** The longest number is a time. Texts are copied four bytes at a time. */
const longestNumber = 24;
const copySlack = 4;

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

function operationOf(piece: Piece, texts: Texts): Operation {
  switch (piece.piece) {
    case 'number':
      return numberOperations[piece.fact];
    case 'key-start':
      return [op.keyStart, operand.none, 0, 0];
    case 'key-end':
      return [op.keyEnd, operand.none, 0, 0];
    case 'literal':
      return [op.text, operand.none, 0, texts.begins.get(piece) ?? 0];
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
