import { bitAt, type RecordBatch, valueStart } from '../record/batch.ts';
import { issueRules } from '../record/issue.ts';
import { type ObjectFault, objectScanner } from '../record/object-scan.ts';
import type { DeliveryFormat } from './definition.ts';
import type { ErrorType, RecordFault } from './error-record.ts';

/** What Firehose calls a record that it can't take, by what it was to become. */
const errorTypes: Readonly<Record<DeliveryFormat['format'], ErrorType>> = {
  json: 'processing-failed',
  parquet: 'format-conversion-failed',
};

const objectFaults: Readonly<Record<ObjectFault, string>> = {
  not_json: 'Record.NotJson',
  not_an_object: 'Record.NotAnObject',
  duplicate_key: 'Record.DuplicateKey',
  lone_surrogate: 'Record.LoneSurrogate',
};

/**
 * Why a record can't be a row of a landing table that never fails to be read. What the log flagged at append needs no look;
 * records that their producer has checked are not checked again.
 */
export function recordFaults(
  format: DeliveryFormat['format'],
): (batch: RecordBatch, index: number) => RecordFault | undefined {
  const type = errorTypes[format];
  const scan = objectScanner();
  const tombstone = { type, code: 'Record.Tombstone', message: 'the record has a key and no value' };
  const invalidUtf8 = { type, code: 'Record.InvalidUtf8', message: issueRules.invalid_utf8 };
  return (batch, index) => {
    if (bitAt(batch.nulls, index)) return tombstone;
    if (bitAt(batch.invalidUtf8, index)) return invalidUtf8;
    if (batch.checkedObjects) return undefined;
    const rule = scan(batch.values, valueStart(batch, index), batch.valueEnds[index] ?? 0);
    return rule === undefined ? undefined : { type, code: objectFaults[rule], message: issueRules[rule] };
  };
}
