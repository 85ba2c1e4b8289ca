import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutPerson } from '../../../src/govern/erase/json-document.ts';
import { personFinder } from '../../../src/govern/erase/person-finder.ts';
import { redactedText } from '../../../src/govern/erase/redact-json.ts';

const telling = personFinder({ field: 'user_id', value: 'U-2718281828' }, 'gone');
const short = personFinder({ field: 'user_id', value: '12' }, 'gone');

describe('taking a person out of a JSON document', () => {
  it('takes ids and records out of lists, and leaves the form of everything else', () => {
    const document = {
      fields: { user_id: { type: 'string', oneOf: ['U-2718281828', 'U-3141592653'] } },
      rows: [{ user_id: 'U-2718281828', name: 'Ann' }, { user_id: 'U-3141592653' }],
      where: "user_id <> 'U-2718281828'",
      counts: { 'U-2718281828': 7 },
    };
    assert.deepEqual(withoutPerson(document, telling), {
      fields: { user_id: { type: 'string', oneOf: ['U-3141592653'] } },
      rows: [{ user_id: 'U-3141592653' }],
      where: "user_id <> 'gone'",
      counts: { gone: 7 },
    });
  });

  it('takes a short id for one only where its field says so', () => {
    const document = { user_id: ['12', '7'], amount: 12, note: '12', last: { user_id: 12 } };
    assert.deepEqual(withoutPerson(document, short), {
      user_id: ['7'],
      amount: 12,
      note: '12',
      last: { user_id: 'gone' },
    });
  });

  it('leaves nothing of a document that is a record about them', () => {
    assert.equal(withoutPerson({ user_id: 12, name: 'Ann' }, short), undefined);
  });
});

describe('the id in a text', () => {
  it('is replaced so that JSON stays JSON, with the digits of every other number', () => {
    const text = '{"user_id":12,"position":12345678901234567890,"inner":"{\\"user_id\\":12}"}';
    const clean = redactedText(text, short);
    assert.equal(clean, '{"user_id":"gone","position":12345678901234567890,"inner":"{\\"user_id\\":\\"gone\\"}"}');
  });

  it('is replaced in text that is none', () => {
    assert.equal(redactedText('[user_id=12] asked', short), '[user_id=gone] asked');
  });
});
