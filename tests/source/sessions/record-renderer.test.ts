import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { valueAt } from '../../../src/record/batch.ts';
import type { FieldMapping } from '../../../src/source/sessions/fields.ts';
import { SessionSource } from '../../../src/source/sessions/session-source.ts';
import { hourMs, monday, sampleReference, sampleSource, slotMs } from './sample-service.ts';

/** Few, so that each of them watches something in a day. */
const viewers = 24;

/** The records of a day whose viewers live in these towns, by a mapping of the test's own. */
function records(fields: FieldMapping, towns: readonly string[]): Record<string, unknown>[] {
  const sample = sampleReference(viewers);
  const column = sample.viewers.ids.map((_, i) => towns[i % towns.length] ?? '');
  const reference = { ...sample, viewers: { ...sample.viewers, columns: { town: column } } };
  const definition = { ...sampleSource, fields, eventsPerDay: viewers * 20 };
  const source = new SessionSource({ address: 'sample.viewers', definition }, reference);
  const found: Record<string, unknown>[] = [];
  for (let startMs = monday; startMs < monday + 24 * hourMs; startMs += slotMs)
    for (const { batch } of source.slot(startMs))
      for (let i = 0; i < batch.count; i += 1) found.push(JSON.parse(Buffer.from(valueAt(batch, i)).toString()));
  return found;
}

describe('record renderer', () => {
  it('writes field names and constants of any script and length as they are', () => {
    const constants = [
      '',
      'x',
      '`$' + '{next}`',
      'naïve "quoted" \\ \n \u2028',
      '日本語 🎬'.repeat(9),
      'sevenchr',
      'seventeen letters',
    ];
    const fields = Object.fromEntries(constants.map((constant, n) => [`${n} ${constant}`, { constant }]));
    const expected = Object.fromEntries(constants.map((constant, n) => [`${n} ${constant}`, constant]));
    const found = records(fields, ['Klop']);
    assert.ok(found.length > 200, `${found.length} records`);
    for (const record of found) assert.deepEqual(record, expected);
  });

  // With the fixed bytes before it, a text of 24 bytes is the longest that is copied without a loop.
  for (const longest of [1, 8, 23, 24, 25, 300]) {
    it(`writes each viewer's text where the longest has ${longest} bytes, and nothing of its neighbours`, () => {
      // The shortest last: nothing but what a copy may read too many stands behind it.
      const towns = ['z'.repeat(longest), 'é'.repeat(longest >> 1), '', 'y'];
      const found = records({ who: 'viewer.id', town: 'viewer.columns.town', after: 'errors.count' }, towns);
      const seen = new Set(found.map(({ town }) => town));
      assert.equal(seen.size, new Set(towns).size);
      for (const { who, town } of found) assert.equal(town, towns[Number(String(who).slice(1)) % towns.length]);
    });
  }
});
