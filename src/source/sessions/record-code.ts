import {
  copyBytes,
  copySlack,
  TimeWriter,
  writeHex,
  writeHundredths,
  writeInteger,
  writeRelease,
  writeTimeMs,
} from './digits.ts';
import { rowWord } from './event-rows.ts';
import type { IdPermutation } from './id-permutation.ts';
import { sessionWord } from './live-sessions.ts';
import { indexWords, type Piece, type WrittenFact } from './record-program.ts';
import { type Texts, unrolledBytes } from './record-texts.ts';

/** Where the last record's key stands in the bytes written. */
export interface KeyPlace {
  keyStart: number;
  keyEnd: number;
}

/**
 * Writes a row's record at `next`; returns where it ends. `session` is the index of the row's session in `sessions`, `own`
 * that of the session's texts in `ownTexts`: start and end of each in the prepared bytes.
 */
export type RecordFunction = (
  out: DataView,
  next: number,
  slotMs: number,
  rows: Int32Array,
  row: number,
  sessions: Int32Array,
  session: number,
  startMs: number,
  ownTexts: Int32Array,
  own: number,
) => number;

/** Words of a session's text: which word of the session chooses it, and where its column begins and its stride. */
export const sessionTextWords = 3;

/** A record as code. */
export interface RecordCode {
  readonly write: RecordFunction;
  /** Texts that stay the same through a session: which of the prepared ones they are, is looked up once a session. */
  readonly sessionTexts: Int32Array;
  /** No record is longer, with the bytes that copying may write too many. */
  readonly recordBytes: number;
}

/**
 * Makes a function of JavaScript for one mapping: straight code, in which fixed bytes are constants. A loop over the pieces
 * takes twice as long, most of it in branches that the processor can't foresee. Nothing of a mapping's own words gets into
 * the source: its texts stand there as numbers.
 */
export function compileRecord(
  pieces: readonly Piece[],
  texts: Texts,
  eventIds: IdPermutation,
  key: KeyPlace,
): RecordCode {
  const sessionTexts: number[] = [];
  const source = pieces.map((piece) => codeOf(piece, texts, sessionTexts)).join('\n');
  const bytes = pieces.reduce((sum, piece) => sum + longestBytes(piece, texts), 0);
  const tools = {
    ...{ copyBytes, writeHex, writeHundredths, writeInteger, writeRelease, writeTimeMs },
    ...{ texts: texts.bytes, spans: texts.spans, eventIds, key, times: new TimeWriter(), startTimes: new TimeWriter() },
  };
  const make = new Function(
    ...Object.keys(tools),
    `return (out, next, slotMs, rows, row, sessions, session, startMs, ownTexts, own) => {\n${source}\nreturn next;\n};`,
  );
  return {
    write: make(...Object.values(tools)) as RecordFunction, // what the source above returns
    sessionTexts: Int32Array.from(sessionTexts),
    recordBytes: bytes + copySlack,
  };
}

/** The longest number is a time. */
const longestNumber = 24;

function longestBytes(piece: Piece, texts: Texts): number {
  if (piece.piece === 'literal') return Buffer.byteLength(piece.text);
  if (piece.piece === 'text') return texts.columnOf(piece).longestBytes;
  return piece.piece === 'number' ? longestNumber : 0;
}

/** Statements that write a piece at `next` and move `next` behind it. */
function codeOf(piece: Piece, texts: Texts, sessionTexts: number[]): string {
  switch (piece.piece) {
    case 'literal':
      return literalCode(piece.text);
    case 'number':
      return numberCode[piece.fact];
    case 'key-start':
      return 'key.keyStart = next;';
    case 'key-end':
      return 'key.keyEnd = next;';
    case 'text': {
      const { row, word } = indexWords[piece.index];
      const { begin, stride, longestBytes: longest } = texts.columnOf(piece);
      if (row) return copyCode('spans', `${begin} + rows[row + ${word}] * ${stride}`, longest);
      sessionTexts.push(word, begin, stride);
      return copyCode('ownTexts', `own + ${(sessionTexts.length / sessionTextWords - 1) * 2}`, longest);
    }
  }
}

/** Eight bytes at a time, as the numbers of 64 bits that they are: see `copyBytes`. */
function literalCode(text: string): string {
  const bytes = Buffer.from(text);
  const padded = Buffer.concat([bytes, Buffer.alloc(7, ' ')]);
  const words: string[] = [];
  for (let i = 0; i < bytes.length; i += 8) words.push(`out.setFloat64(next + ${i}, ${padded.readDoubleLE(i)}, true);`);
  return `${words.join('\n')}\nnext += ${bytes.length};`;
}

/** A short text is copied as if it were as long as the longest of its column: a loop's end would have to be guessed. */
function copyCode(spans: string, at: string, longest: number): string {
  const words: string[] = [];
  for (let i = 0; i < longest; i += 8)
    words.push(`out.setFloat64(next + ${i}, texts.getFloat64(start + ${i}, true), true);`);
  const copy =
    longest <= unrolledBytes
      ? `${words.join('\n')}\nnext += end - start;`
      : 'next = copyBytes(out, next, texts, start, end);';
  return `{ const at = ${at}; const start = ${spans}[at]; const end = ${spans}[at + 1];\n${copy} }`;
}

const integerCode = (word: number): string => `next = writeInteger(out, next, rows[row + ${word}]);`;
const hexCode = (word: number): string => `next = writeHex(out, next, sessions[session + ${word}]);`;

const numberCode: Readonly<Record<WrittenFact, string>> = {
  // An event's sequence is its session's, with its step added to the high word.
  eventId: `eventIds.permute64(sessions[session + ${sessionWord.sequenceHigh}] + rows[row + ${rowWord.step}], sessions[session + ${sessionWord.sequenceLow}]);
    next = writeHex(out, writeHex(out, next, eventIds.high), eventIds.low);`,
  sessionId: hexCode(sessionWord.sessionId),
  deviceId: hexCode(sessionWord.deviceId),
  time: `next = times.write(out, next, slotMs + rows[row + ${rowWord.time}]);`,
  timeMs: `next = writeTimeMs(out, next, slotMs + rows[row + ${rowWord.time}]);`,
  startTime: 'next = startTimes.write(out, next, startMs);',
  release: `next = writeRelease(out, next, sessions[session + ${sessionWord.release}]);`,
  playhead: integerCode(rowWord.playhead),
  watched: integerCode(rowWord.watched),
  stalls: integerCode(rowWord.stalls),
  stallSeconds: integerCode(rowWord.stallSeconds),
  errors: integerCode(rowWord.errors),
  // Hundredths of a per cent of the title that have been played.
  completion: `next = writeHundredths(out, next, Math.round((rows[row + ${rowWord.playhead}] * 10000) / sessions[session + ${sessionWord.titleSeconds}]));`,
  bandwidth: `next = writeHundredths(out, next, rows[row + ${rowWord.bandwidth}]);`,
};
