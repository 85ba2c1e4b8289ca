import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { layoutProblem, partitionFolder, partitionValues } from '../../src/catalog/partition-layout.ts';
import { checkKey } from '../../src/lake/object-key.ts';

const partitions = { region: 'string', dt: 'string' } as const;
const bare = { partitions, layout: '{region}/dt={dt}/' };

test('a value may stand alone in its folder, or with text around it', () => {
  assert.equal(partitionFolder(bare, ['north', '2026-11-23']), 'north/dt=2026-11-23/');
  assert.deepEqual(partitionValues(bare, 'north/dt=2026-11-23/a.json'), ['north', '2026-11-23']);
  const around = { partitions, layout: 'r-{region}-x/{dt}/' };
  assert.deepEqual(partitionValues(around, 'r-north-x/2026-11-23/more/a.json'), ['north', '2026-11-23']);
});

test('without a layout the folders are those of Hive, others between them passed over, in any order', () => {
  assert.equal(partitionFolder({ partitions }, ['north', '1']), 'region=north/dt=1/');
  assert.deepEqual(partitionValues({ partitions }, 'x/DT=1/y/region=north/a.json'), ['north', '1']);
});

test('an object that lies elsewhere has no partition', () => {
  for (const path of ['a.json', 'north/a.json', 'north/day=1/a.json', 'dt=1/north/a.json', '/dt=1/a.json'])
    assert.equal(partitionValues(bare, path), undefined, path);
  assert.equal(partitionValues({ partitions }, 'region=north/a.json'), undefined);
});

test('any values come back from their folder, and the folder is part of a key', () => {
  const text = fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }).filter((value) => !/^\.\.?$/.test(value));
  fc.assert(
    fc.property(text, text, (region, dt) => {
      for (const table of [bare, { partitions }]) {
        const folder = partitionFolder(table, [region, dt]);
        checkKey(`${folder}x`);
        assert.deepEqual(partitionValues(table, `${folder}x`), [region, dt]);
      }
    }),
  );
});

test('a layout has one folder for each partition column, in their order', () => {
  assert.equal(layoutProblem(bare), undefined);
  assert.equal(layoutProblem({ partitions }), undefined);
  for (const layout of ['{region}/', '{dt}/{region}/', '{region}/x/dt={dt}/', '{region}{dt}/', '{region}/{dt}', '/'])
    assert.match(layoutProblem({ partitions, layout }) ?? '', /as region=\{region\}\/dt=\{dt\}\//, layout);
  assert.match(layoutProblem({ partitions: {}, layout: '{dt}/' }) ?? '', /the table has none/);
});
