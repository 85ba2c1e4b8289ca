import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { sqlStringList } from '../../src/duck/duck.ts';
import { anyCharacter } from '../base/any-character.ts';
import { type Lakehouse, objectsOf, openLakehouse, rawValues } from './lakehouse.ts';

/** What producers send by mistake, and what looks like a mistake and is none. */
const oddities = [
  '{"n":1,"who":"a\\u0000b"}',
  '{"n":1e999,"who":"x"}',
  '{"n":-0,"who":"\\ud83d\\ude00"}',
  '{"n":12345678901234567890123,"who":"x"}',
  '{"n":1,"who":"x","deep":{"a":{"a":1,"a":2}}}',
  '{"N":7}',
  '{}',
  ' {"n":1}\r',
  '\ufeff{"n":1}',
  '{"n":1}\n{"n":2}',
  '{"n":01}',
  "{'n':1}",
  '{"n":NaN}',
  '{"n":1,}',
  '{"n":"\t"}',
  `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`,
];

describe('landing', () => {
  let lakehouse: Lakehouse;
  beforeEach(async () => {
    lakehouse = await openLakehouse({ partitions: 1 });
  });
  afterEach(() => lakehouse.close());

  it('never fails to be read, and has one row for each record that is not under the error prefix', async () => {
    const delivery = lakehouse.open();
    await using session = await (await lakehouse.ports.duck()).connect();
    const value = fc.oneof(
      fc.constantFrom(...oddities),
      fc.json(),
      fc.string({ unit: anyCharacter }),
      fc.uint8Array({ maxLength: 20 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 30 }), async (values) => {
        const before = objectsOf(await lakehouse.commits()).length;
        await lakehouse.produce(rawValues(values));
        const { delivered, errored } = await delivery.drain();
        assert.equal(delivered + errored, values.length);
        const objects = objectsOf(await lakehouse.commits()).slice(before);
        if (objects.length === 0) return;
        const files = await Promise.all(objects.map(({ key }) => lakehouse.ports.lake.localFile(key)));
        const read = `read_json(${sqlStringList(files)}, format = 'newline_delimited', columns = {n: 'JSON', who: 'VARCHAR'})`;
        assert.equal(Number(await session.value(`SELECT count(*) FROM (SELECT * FROM ${read})`)), delivered);
      }),
      { numRuns: 12 },
    );
  });
});
