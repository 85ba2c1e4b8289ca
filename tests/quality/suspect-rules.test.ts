import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { telemetryChecks } from '../../pipelines/acme/checks.ts';
import { telemetry } from '../../pipelines/acme/record.ts';
import { type Duck, type DuckSession, openDuck } from '../../src/duck/duck.ts';
import { check, isRowCheck, type RowCheck } from '../../src/quality/definition.ts';
import { suspectRules } from '../../src/quality/suspect-rules.ts';
import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';
import type { RecordType } from '../../src/record/type.ts';

const play = defineRecord('play', {
  fields: {
    seconds: field.int({ min: 0, max: 86_400 }),
    share: field.double({ min: 0, max: 100 }),
    device: field.string({ oneOf: ['tv', 'web'] }),
    city: field.string(),
    at: field.timestamp(),
    tags: field.list(field.string()),
    note: field.optional(field.string()),
  },
});

let folder: string;
let duck: Duck;
let session: DuckSession;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'playhead-suspect-'));
  duck = await openDuck({ memoryBytes: 128 * 1024 ** 2, threads: 1, temporaryDirectory: folder });
  session = await duck.connect();
});
after(async () => {
  await session[Symbol.asyncDispose]();
  await duck.close();
  rmSync(folder, { recursive: true });
});

const suspects = async (checks: readonly RowCheck[], record: RecordType = play): Promise<string[]> =>
  (await suspectRules(session, checks, record)).map(({ check: name, never }) => `${name} never ${never}`);

test('a rule that made-up rows never break, or all break, is suspect, though nothing is proven', async () => {
  assert.deepEqual(
    await suspects([
      check.row('two_texts', "device = 'tv' AND device = 'radio'"),
      check.row('two_cities', "city = 'Bonn' AND city = 'Ulm'"),
      check.row('always_or', "device = 'tv' OR device <> 'tv'"),
      check.row('sum', 'seconds + share >= 0'),
      check.row('backwards', 'seconds * share < 0'),
    ]),
    [
      'two_texts never passes',
      'two_cities never passes',
      'always_or never fails',
      'sum never fails',
      'backwards never passes',
    ],
  );
});

test('a rule that turns at a single value, or at what it mentions, is none', async () => {
  assert.deepEqual(
    await suspects([
      check.row('at_zero', 'seconds <> 0'),
      check.row('only_zero', 'share = 0'),
      check.row('at_the_top', 'seconds < 86400'),
      check.row('one_city', "city = 'Bonn'"),
      check.row('not_both', "device <> 'web' OR city <> 'Ulm' OR seconds <> 7"),
      check.row('equal', 'seconds = share'),
      check.row('recent', "at > TIMESTAMP '2025-06-01 00:00:00'"),
      check.range('share', { max: 99 }),
      check.oneOf('city', ['Bonn', 'Ulm']),
    ]),
    [],
  );
});

test('what can not be made up is not tried', async () => {
  assert.deepEqual(
    await suspects([
      check.row('form', "city LIKE 'K_ln%'"),
      check.row('tagged', 'cardinality(tags) > 0'),
      check.row('cast', 'CAST(city AS integer) > 0'),
      check.pattern('city', '^K'),
      check.type('note', 'bigint'),
      check.reference('city', { table: 'cities', column: 'name' }),
      check.arrival('at', { behind: 1000 }),
    ]),
    [],
  );
});

test("none of ACME's rules is suspect", async () => {
  assert.deepEqual(await suspects(telemetryChecks.filter(isRowCheck), telemetry), []);
});
