import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemEffects } from '../../../src/base/effects.ts';
import { isPlayheadError } from '../../../src/base/errors.ts';
import { scaffoldProject } from '../../../src/pipeline/scaffold/scaffold-project.ts';
import { scaffolding } from './scaffolding.ts';

const effects = systemEffects();
const { at, scaffold, sampleFile, duck } = scaffolding();

test('a directory that holds something is refused and left as it is; an empty one is used', async () => {
  const used = at('used');
  await mkdir(used);
  await scaffoldProject({ directory: used }, { duck: duck() }, effects);
  const before = (await readdir(used, { recursive: true })).sort();
  await assert.rejects(scaffoldProject({ directory: used }, { duck: duck() }, effects), (error: unknown) =>
    isPlayheadError(error, 'PH_USAGE'),
  );
  assert.deepEqual((await readdir(used, { recursive: true })).sort(), before);
});

for (const [what, name, text] of [
  ['of a kind that is not known', 'sample.xlsx', 'x'],
  ['that is a JSON list of no object', 'list-of-numbers.json', '[1, 2]'],
  ['without a record', 'empty.ndjson', '\n\n'],
  ['that is no Parquet', 'bad.parquet', 'not parquet at all'],
] as const) {
  test(`a sample ${what} is refused with its name`, async () => {
    const from = await sampleFile(name, text);
    await assert.rejects(
      scaffold(from),
      (error: unknown) => isPlayheadError(error, 'PH_USAGE') && error.message.includes(name),
    );
  });
}

test('a CSV file that is not UTF-8 is refused with its line', async () => {
  const path = at('latin.csv');
  await writeFile(path, Buffer.from('name,city\nA,B\nJos\xe9,K\xf6ln\n', 'latin1'));
  await assert.rejects(scaffold(path), (error: unknown) => {
    assert(isPlayheadError(error, 'PH_USAGE'));
    return /line 3 of .*latin\.csv is not UTF-8/.test(error.message) && error.hint?.includes('iconv') === true;
  });
});

test('a refused sample leaves no directory behind, and an empty one as it was', async () => {
  const from = await sampleFile('refused.ndjson', 'no record\n');
  const csv = await sampleFile('alike.csv', 'a,b\n');
  const [parent, empty] = [at('not-there'), at('empty')];
  await mkdir(empty);
  for (const sample of [from, csv]) {
    await assert.rejects(
      scaffoldProject({ directory: join(parent, 'within'), from: sample }, { duck: duck() }, effects),
    );
    await assert.rejects(readdir(parent), { code: 'ENOENT' });
    await assert.rejects(scaffoldProject({ directory: empty, from: sample }, { duck: duck() }, effects));
    assert.deepEqual(await readdir(empty), []);
  }
});

test('a place that may not be written to is refused with its path', async () => {
  const refusal = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  const fs = { ...effects.fs, mkdir: () => Promise.reject(refusal) };
  const directory = at('read-only/project');
  await assert.rejects(scaffoldProject({ directory }, { duck: duck() }, { ...effects, fs }), (error: unknown) => {
    assert(isPlayheadError(error, 'PH_STORAGE_READ_ONLY'));
    return error.message.includes(directory) && error.hint?.includes('home') === false;
  });
});

test('a sample that is not there is refused', async () => {
  await assert.rejects(scaffold(at('nowhere.csv')), (error: unknown) => isPlayheadError(error, 'PH_USAGE'));
});
