import assert from 'node:assert/strict';
import { test } from 'node:test';
import { vocabularyDoubt } from '../../src/duck/closed-vocabulary.ts';

const closed: Readonly<Record<string, readonly string[]>> = {
  device_type: ['Smart TV', 'Mobile', 'Desktop', 'Tablet'],
  quality: ['4K', 'HD', 'SD', '1080p'],
  eventType: ['start', 'stop', 'buffer_start', 'heartbeat'],
  state: ['NEW', 'PAID', 'SHIPPED', ''],
  x: ['ios', 'android-11', 'web'],
  genre: ['Drama', 'Comedy', 'Science Fiction'],
};

const open: Readonly<Record<string, readonly [doubt: string, texts: readonly string[]]>> = {
  contact: ['e-mail', ['a@example.org', 'b@example.org']],
  who: ['may be names', ['Anna', 'Bert', 'Chloé']],
  x: ['look like names', ['Anna Meier', "Bert O'Neil", 'Li Wei']],
  customerName: ['by the name', ['anna', 'bert']],
  Kunde: ['may be names', ['Müller', 'Schmidt', 'Özil']],
  user: ['by the name', ['anna', 'bert']],
  ref: ['identifiers', ['C-1', 'C-2', 'C-17']],
  cart: ['identifiers', ['9f86d081884c', '3b7d659a2feaa0']],
  tel: ['numbers', ['+49 30 1234', '030-555']],
  version: ['numbers', ['5.1.0', '5.2.0']],
  town: ['by the name', ['Köln', 'Bonn']],
  country: ['by the name', ['DE', 'FR']],
  why: ['long', ['the parcel was left with a neighbour', 'lost']],
};

test('texts that look like a closed vocabulary may be declared as one', () => {
  for (const [field, texts] of Object.entries(closed)) assert.equal(vocabularyDoubt(field, texts), undefined, field);
});

test('what names people or things, or has no end, never is, however few values there are', () => {
  for (const [field, [doubt, texts]] of Object.entries(open))
    assert.ok(vocabularyDoubt(field, texts)?.includes(doubt), `${field}: ${vocabularyDoubt(field, texts)}`);
});
