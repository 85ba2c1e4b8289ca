import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { telemetryChecks } from '../../pipelines/acme/checks.ts';
import { telemetry } from '../../pipelines/acme/record.ts';
import { openDuck } from '../../src/duck/duck.ts';
import { constantRules } from '../../src/quality/constant-rules.ts';
import { check, isRowCheck } from '../../src/quality/definition.ts';
import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';

const play = defineRecord('play', {
  fields: { seconds: field.int({ min: 0, max: 100 }), share: field.double({ min: 0, max: 1 }), city: field.string() },
});

test('of decimals, the bounds are those of their digits; of what has no bounds, nothing is said', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'playhead-constant-'));
  const duck = await openDuck({ memoryBytes: 128 * 1024 ** 2, threads: 1, temporaryDirectory: folder });
  const session = await duck.connect();
  const sale = defineRecord('sale', {
    fields: {
      price: field.decimal(10, 2),
      share: field.decimal(2, 2),
      units: field.optional(field.decimal(3, 0)),
      tags: field.list(field.string()),
      rest: field.json(),
    },
  });
  const checks = [
    check.range('price', { min: 0 }),
    check.row('cheap', 'price <= 100'),
    check.row('priced', 'price < 100000000'),
    check.row('few', 'units < 1000'),
    check.row('many', 'units >= 1000'),
    check.row('part', 'share < 1'),
    check.row('tagged', 'cardinality(tags) > 0'),
    check.row('more', 'rest IS NOT NULL'),
    check.notNull('tags'),
  ];
  const found = await constantRules(session, checks, sale);
  assert.deepEqual(
    found.map(({ check: name, never }) => `${name} never ${never}`),
    ['priced never fails', 'few never fails', 'many never passes', 'part never fails'],
  );
  await session[Symbol.asyncDispose]();
  await duck.close();
  rmSync(folder, { recursive: true });
});

test('a rule that the declared domains decide is found; one that some record breaks and another keeps is not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'playhead-constant-'));
  const duck = await openDuck({ memoryBytes: 128 * 1024 ** 2, threads: 1, temporaryDirectory: folder });
  const session = await duck.connect();
  const checks = [
    check.row('always', 'seconds >= 0'),
    check.row('always_too', 'seconds >= 0 AND share <= 1'),
    check.row('never', 'seconds > 100'),
    check.range('share', { min: 2 }),
    check.row('sometimes', 'seconds < 50'),
    check.row('sometimes_both', "city <> 'Bonn' OR share > 0.5"),
    check.notNull('city'),
  ];
  const found = await constantRules(session, checks, play);
  assert.deepEqual(
    found.map(({ check: name, never }) => `${name} never ${never}`),
    [
      'always never fails',
      'always_too never fails',
      'never never passes',
      'share_range never passes',
      'city_not_null never fails',
    ],
  );
  assert.deepEqual(await constantRules(session, telemetryChecks.filter(isRowCheck), telemetry), []);
  await session[Symbol.asyncDispose]();
  await duck.close();
  rmSync(folder, { recursive: true });
});
