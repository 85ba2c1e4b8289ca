import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDuck } from '../../src/duck/duck.ts';
import { inferredRows } from '../../src/duck/file-rows.ts';
import { profileColumns } from '../../src/quality/profile.ts';
import { proposedChecks } from '../../src/quality/proposed-checks.ts';

test('a profile counts what a column holds, and proposes checks that the rows pass', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'playhead-profile-'));
  const duck = await openDuck({ memoryBytes: 128 * 1024 ** 2, threads: 1, temporaryDirectory: folder });
  await using session = await duck.connect();
  const relation = `(SELECT 'P' || i AS id, i AS seconds, CASE WHEN i % 4 = 0 THEN 'web' ELSE 'tv' END AS device,
    CASE WHEN i % 2 = 0 THEN 'Köln' END AS city, TIMESTAMP '2025-08-11 10:00:00' AS played, [i] AS numbers FROM range(100) r(i))`;
  const profile = await profileColumns(session, relation);
  const of = (name: string): (typeof profile)[number] | undefined => profile.find((column) => column.name === name);
  assert.deepEqual([of('seconds')?.min, of('seconds')?.max, of('seconds')?.quartiles.length], ['0', '99', 3]);
  assert.deepEqual([of('numbers')?.rows, of('numbers')?.quartiles], [100, []], 'a list of numbers is no number');
  assert.deepEqual([of('city')?.nulls, of('city')?.rows], [50, 100]);
  assert.deepEqual(of('device')?.top, [
    { value: 'tv', rows: 75 },
    { value: 'web', rows: 25 },
  ]);
  assert.deepEqual(of('id')?.shapes, [{ value: 'A9', rows: 100 }]);
  const proposed = await proposedChecks(session, relation, profile, Date.UTC(2025, 7, 11, 10, 10));
  assert.ok(proposed.includes('check.oneOf("device", ["tv","web"])'), proposed.join('\n'));
  assert.ok(proposed.includes('check.notNull("seconds")') && !proposed.includes('check.notNull("city")'));
  assert.ok(proposed.includes('check.freshness("played")') && proposed.includes('check.unique(["id"])'));
  // By the estimate, all of the ids differ; the values of a device are more than were looked at for a set.
  const close = `(SELECT CASE WHEN i < 10 THEN 'P' ELSE 'P' || i END AS id, CASE WHEN i < 200000 THEN ['tv', 'web'][1 + i % 2] ELSE 'car' END AS device,
    TIMESTAMP '2025-08-11 09:50:00' AS played FROM range(200001) r(i))`;
  const broken = await proposedChecks(
    session,
    close,
    await profileColumns(session, close),
    Date.UTC(2025, 7, 11, 10, 10),
  );
  assert.deepEqual(broken, ['check.notNull("id")', 'check.notNull("device")', 'check.notNull("played")']);

  // DuckDB guesses by the first 32 files.
  const pages = Array.from({ length: 33 }, (_, i) =>
    i < 32 ? '{"id":1,"votes":2}' : '{"id":2,"votes":"many","adult":false}',
  );
  const files = pages.map((page, i) => {
    const file = join(folder, `${i}.json`);
    writeFileSync(file, `{"results":[${page}],"genres":[${i}]}`);
    return file;
  });
  const nested = await profileColumns(session, inferredRows('json', files));
  assert.deepEqual(
    nested.map(({ name, rows, min, quartiles }) => [name, rows, min, quartiles]),
    [
      ['results', 33, null, []],
      ['genres', 33, null, []],
    ],
    'answers of an API, of which each may know fields that the others lack',
  );
  await session[Symbol.asyncDispose]();
  await duck.close();
  rmSync(folder, { recursive: true });
});
