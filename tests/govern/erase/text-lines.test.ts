import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordsOf } from '../../../src/govern/erase/text-lines.ts';

async function records(name: string, ...parts: readonly string[]): Promise<readonly string[]> {
  const body = (async function* () {
    for (const part of parts) yield Buffer.from(part);
  })();
  const found: string[] = [];
  for await (const record of recordsOf(body, name)) found.push(Buffer.from(record).toString());
  return found;
}

test('a row of CSV is one record, whatever breaks its lines; of other text, each line is one', async () => {
  const parts = ['a,"two\nli', 'nes"\nb,"say ""no""\n"\n', 'c'];
  assert.deepEqual(await records('results/one.csv', ...parts), ['a,"two\nlines"\n', 'b,"say ""no""\n"\n', 'c']);
  assert.deepEqual(await records('one.csv.gz', '"x\ny"\n'), ['"x\ny"\n']);
  assert.deepEqual(await records('one.json', ...parts), ['a,"two\n', 'lines"\n', 'b,"say ""no""\n', '"\n', 'c']);
});

test('a quote that nobody closes keeps no more than a row together', async () => {
  const line = `${'x'.repeat(599_999)}\n`;
  const found = await records('one.csv', `"${line}`, line, line);
  assert.deepEqual(
    found.map(({ length }) => length),
    [1_200_001, 600_000],
  );
});
