import { type ErrorCode, isPlayheadError, PlayheadError } from '../base/errors.ts';
import { excerptAt, positionOf } from './source-position.ts';

/** What DuckDB says of an error with `errors_as_json`. */
interface DuckFault {
  readonly type: string;
  readonly message: string;
  /** Byte offset in the statement. */
  readonly position?: number;
  readonly subtype?: string;
  /** The name that is at fault, and those that were perhaps meant. */
  readonly name?: string;
  readonly candidates?: readonly string[];
}

const codes: Readonly<Record<string, ErrorCode>> = {
  Parser: 'PH_SQL_SYNTAX',
  Syntax: 'PH_SQL_SYNTAX',
  Binder: 'PH_SQL_INVALID',
  Catalog: 'PH_SQL_INVALID',
  'Mismatch Type': 'PH_SQL_INVALID',
  Interrupt: 'PH_INTERRUPTED',
  INTERRUPT: 'PH_INTERRUPTED',
};

/**
 * An error of DuckDB's as ours: what is wrong with the text is PH_SQL_SYNTAX or PH_SQL_INVALID, what goes wrong in
 * running it PH_SQL_FAILED. `details` has DuckDB's own facts, for who translates places and names back. `lead` is what
 * stood before the SQL in the statement that ran; with an empty `sql` no place is told.
 */
export function engineError(error: unknown, sql: string, lead = ''): PlayheadError {
  if (isPlayheadError(error, 'PH_STORAGE_FULL') || isPlayheadError(error, 'PH_INTERRUPTED')) return error;
  if (isPlayheadError(error) && !(error.cause instanceof Error)) return error;
  // What the local kernel wraps holds DuckDB's own words as its cause.
  const raw = isPlayheadError(error) ? error.cause : error;
  const text = raw instanceof Error ? raw.message : String(raw);
  const fault = readFault(text);
  const code = codes[fault.type] ?? 'PH_SQL_FAILED';
  const bytes = fault.position === undefined ? -1 : fault.position - Buffer.byteLength(lead);
  const at = bytes < 0 || sql === '' ? undefined : [...Buffer.from(sql).subarray(0, bytes).toString()].length;
  const place = at === undefined ? undefined : positionOf(sql, at);
  const message = at === undefined ? fault.message : `${fault.message}\n${excerptAt(sql, at)}`;
  return new PlayheadError(code, message, {
    cause: error,
    details: {
      ...place,
      reason: fault.message,
      ...(at === undefined ? {} : { offset: at }),
      ...(fault.subtype === undefined ? {} : { subtype: fault.subtype }),
      ...(fault.name === undefined ? {} : { name: fault.name }),
      ...(fault.candidates === undefined ? {} : { candidates: fault.candidates }),
    },
  });
}

function readFault(text: string): DuckFault {
  const json = /(\{"exception_type".*\})\s*$/s.exec(text)?.[1];
  if (json === undefined) {
    const [, type = '', message = text] = /^([A-Za-z ]+) Error: (.*)$/s.exec(text) ?? [];
    return { type, message: firstParagraph(message) };
  }
  // DuckDB's own JSON: every value is a text.
  const fields = JSON.parse(json) as Readonly<Record<string, string>>;
  return {
    type: fields['exception_type'] ?? '',
    message: firstParagraph(fields['exception_message'] ?? text),
    ...(fields['position'] === undefined ? {} : { position: Number(fields['position']) }),
    ...(fields['error_subtype'] === undefined ? {} : { subtype: fields['error_subtype'] }),
    ...(fields['name'] === undefined ? {} : { name: fields['name'] }),
    ...(fields['candidates'] === undefined
      ? {}
      : { candidates: fields['candidates'].split(',').filter((c) => c !== '') }),
  };
}

/** DuckDB's advice and excerpts follow after an empty line or on lines of their own. */
function firstParagraph(message: string): string {
  return (message.split(/\n\s*(?:\n|Candidate|Did you mean|LINE \d)/)[0] ?? message).trim();
}
