import { PlayheadError } from '../base/errors.ts';
import { issueRules } from '../record/issue.ts';
import { memberBytes, objectScanner } from '../record/object-scan.ts';

/** A line edited by hand, with the place of its record. */
export interface EditedRecord {
  readonly source: string;
  readonly row: number;
  readonly text: string;
}

/**
 * A line of an edited file: `{"source": …, "row": …, "record": …}`, the record as a text or as an object, character by
 * character as it stands there. PH_USAGE, by `place`, for anything else.
 */
export function editedRecord(line: string, place: string): EditedRecord {
  const bytes = Buffer.from(line);
  checkObject(bytes, `${place}: the line`);
  const { source, row, record } = JSON.parse(line) as Readonly<Record<string, unknown>>;
  if (typeof source !== 'string' || !Number.isSafeInteger(row) || record === undefined)
    throw new PlayheadError('PH_USAGE', `${place}: source, row and record were expected`, { hint: form });
  const text = typeof record === 'string' ? Buffer.from(record) : Buffer.from(memberBytes(bytes, 'record') ?? []);
  checkObject(text, `${place}: the record`);
  return { source, row: Number(row), text: text.toString() };
}

const form =
  'Lines as `playhead quarantine show` gives them: {"source": …, "row": …, "record": "{…}" or {…}}; edit the record.';

function checkObject(bytes: Uint8Array, what: string): void {
  const fault = objectScanner()(bytes, 0, bytes.length);
  if (fault === undefined) return;
  throw new PlayheadError('PH_USAGE', `${what} is not one JSON object: ${issueRules[fault]}`, { hint: form });
}
