import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import { editedRecord } from '../../src/transform/edited-record.ts';

test('a record that is given as an object is taken character by character', () => {
  const record = '{"order_id": 9007199254740993, "price": 1.10, "2":"b", "1":"\\u0061"}';
  assert.deepEqual(editedRecord(`{"source":"a","row":3,"reason":"format","record":${record}}`, 'f:1'), {
    source: 'a',
    row: 3,
    text: record,
  });
  const quoted = JSON.stringify({ source: 'a', row: 0, record });
  assert.equal(editedRecord(quoted, 'f:1').text, record);
});

test('a line that is none, or that would be read as another record, is refused by its place', () => {
  for (const [line, said] of [
    ['{"source":"a","row":1', /the line is not one JSON object/],
    ['{"source":"a","row":"1","record":{}}', /source, row and record were expected/],
    ['{"source":"a","row":1}', /source, row and record were expected/],
    ['{"source":"a","row":1,"record":[1]}', /the record is not one JSON object/],
    ['{"source":"a","row":1,"record":"{\\"a\\":1"}', /the record is not one JSON object/],
    ['{"source":"a","row":1,"record":{"a":1,"a":2}}', /the same key twice/],
  ] as const)
    assert.throws(
      () => editedRecord(line, 'f:1'),
      (error) => isPlayheadError(error, 'PH_USAGE') && error.message.startsWith('f:1: ') && said.test(error.message),
      line,
    );
});
