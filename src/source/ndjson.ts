import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { formatCount } from '../base/units.ts';
import { issueRules } from '../record/issue.ts';
import type { Stream } from '../stream/stream.ts';
import { type LineAppender, lineAppender } from './line-appender.ts';
import { type Line, LineSplitter } from './line-splitter.ts';
import { type LineFacts, type LineFields, lineReader } from './produced-line.ts';

export interface ProduceSettings extends LineFields {
  readonly topic: string;
  /**
   * With a name, line n is sequence n of that source, and a second run over the same input adds only what is not in
   * the log yet; a line with other content than the log has is reported as a key conflict. Without, each call is a
   * source of its own.
   */
  readonly source?: string;
  /** Stops the reading; what was read is acknowledged before PH_INTERRUPTED is thrown. */
  readonly signal?: AbortSignal;
}

/** A line that is not as it should be. Unless it is `refused` it goes into the log all the same. */
export interface LineIssue {
  readonly line: number;
  readonly rule: NonNullable<LineFacts['fault']> | 'too_large' | 'no_arrival_time' | 'key_conflict';
  readonly refused: boolean;
  readonly message: string;
}

/** What became of the lines: `lines = logged + resent + conflicting + blank + refused`. */
export interface ProduceReport {
  readonly source: string;
  readonly lines: number;
  readonly logged: number;
  /** Of `logged`: about somebody who was erased. The log has taken their places, and nothing else of them. */
  readonly erased: number;
  /** In the log before, from an earlier run of this source. */
  readonly resent: number;
  /** Not in the log: it has another record as the same line of this source. */
  readonly conflicting: number;
  readonly blank: number;
  /** Over the stream's limit: not in the log. */
  readonly refused: number;
  /** In the log, and reported: not one JSON object, or without its arrival time. */
  readonly doubtful: number;
}

/**
 * Reads NDJSON and appends each line that is not blank. A line that is not one JSON object is reported, and appended as
 * it is, unchecked: delivery sends it byte for byte to the error prefix. A line over the stream's limit is reported and
 * refused. CRLF and an unfinished last line are accepted. Memory is bounded whatever the input.
 *
 * When an append fails, its error is thrown with `details.acknowledgedThrough`: every line up to that one is in the log
 * or was reported.
 */
export async function produceNdjson(
  input: AsyncIterable<Uint8Array>,
  stream: Stream,
  settings: ProduceSettings,
  onIssue: (issue: LineIssue) => void,
  effects: Effects,
): Promise<ProduceReport> {
  const { topic, signal } = settings;
  const source = settings.source ?? `produce-${hexWord(effects)}${hexWord(effects)}`;
  const appender = lineAppender(stream, { topic, source, keyed: settings.keyField !== undefined }, (line) => {
    const message = `the log has another record as line ${line} of the source ${source}`;
    onIssue({ line, rule: 'key_conflict', refused: true, message });
  });
  const splitter = new LineSplitter(stream.capabilities.maxRecordBytes);
  const intake = new LineIntake(appender, settings, onIssue, effects, stream.capabilities.maxRecordBytes);
  try {
    for await (const chunk of input) {
      if (signal?.aborted || appender.failure !== undefined) break;
      for (const line of splitter.split(chunk)) {
        intake.take(line);
        if (appender.full) await appender.send();
      }
      // What has come goes into the log now: it does not wait for a slow input to fill a batch.
      await appender.send();
    }
    if (!signal?.aborted) for (const line of splitter.rest()) intake.take(line);
    await appender.send();
  } finally {
    await appender.settle();
  }
  if (appender.failure !== undefined) throw stoppedAt(appender.failure, settings);
  if (signal?.aborted)
    throw new PlayheadError('PH_INTERRUPTED', `interrupted after line ${intake.counts.lines}`, {
      details: { acknowledgedThrough: intake.counts.lines, source },
    });
  return { source, ...intake.counts, ...appender.counts };
}

/** Decides what becomes of each line, and counts it. */
class LineIntake {
  readonly counts = { lines: 0, blank: 0, refused: 0, doubtful: 0 };
  readonly #appender: LineAppender;
  readonly #settings: ProduceSettings;
  readonly #onIssue: (issue: LineIssue) => void;
  readonly #effects: Effects;
  readonly #maxRecordBytes: number;
  readonly #read: (line: Uint8Array) => LineFacts;
  /** Where a call is a source of its own, its records are numbered without gaps. */
  #nextOrdinal = 0;

  constructor(
    appender: LineAppender,
    settings: ProduceSettings,
    onIssue: (issue: LineIssue) => void,
    effects: Effects,
    maxRecordBytes: number,
  ) {
    this.#appender = appender;
    this.#settings = settings;
    this.#onIssue = onIssue;
    this.#effects = effects;
    this.#maxRecordBytes = maxRecordBytes;
    this.#read = lineReader(settings);
  }

  take({ number, bytes, sizeBytes }: Line): void {
    this.counts.lines += 1;
    if (bytes === undefined) {
      this.counts.refused += 1;
      const message = `${formatCount(sizeBytes)} bytes, more than the ${formatCount(this.#maxRecordBytes)} that a record may have`;
      this.#onIssue({ line: number, rule: 'too_large', refused: true, message });
      return;
    }
    if (isBlank(bytes)) {
      this.counts.blank += 1;
      return;
    }
    const { fault, key, arrivalMs } = this.#read(bytes);
    if (fault !== undefined) this.#doubt(number, fault, issueRules[fault]);
    else if (this.#settings.arrivalField !== undefined && arrivalMs === undefined)
      this.#doubt(number, 'no_arrival_time', `no time in ${this.#settings.arrivalField}: it arrives now`);
    const sequence = this.#settings.source === undefined ? this.#nextOrdinal : number;
    this.#nextOrdinal += 1;
    this.#appender.add({
      line: number,
      sequence,
      bytes,
      key,
      arrivalMs: arrivalMs ?? this.#effects.clock.now(),
      isObject: fault === undefined,
    });
  }

  #doubt(line: number, rule: LineIssue['rule'], message: string): void {
    this.counts.doubtful += 1;
    this.#onIssue({ line, rule, refused: false, message });
  }
}

/** Only white space, as JSON has it. */
function isBlank(line: Uint8Array): boolean {
  for (const byte of line) if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false;
  return true;
}

function stoppedAt(failure: { readonly error: unknown; readonly line: number }, settings: ProduceSettings): unknown {
  const { error, line } = failure;
  if (!(error instanceof PlayheadError)) return error;
  const resume =
    settings.source === undefined
      ? `then send the lines from ${line} on; those before are in the log`
      : `then run the same again: source ${settings.source} goes on where the log stands`;
  return new PlayheadError(error.code, `from line ${line} on: ${error.message}`, {
    cause: error,
    hint: error.hint === undefined ? resume : `${error.hint}; ${resume}`,
    details: { ...error.details, acknowledgedThrough: line - 1 },
  });
}

function hexWord(effects: Effects): string {
  return effects.random.uint32().toString(16).padStart(8, '0');
}
