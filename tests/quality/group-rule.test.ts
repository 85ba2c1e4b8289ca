import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { mebibytes } from '../../src/base/units.ts';
import { type Duck, type DuckSession, openDuck } from '../../src/duck/duck.ts';
import { defineRecord, field } from '../../src/index.ts';
import { groupOutcome } from '../../src/quality/group-rule.ts';
import type { TableView } from '../../src/quality/table-view.ts';

const folder = mkdtempSync(join(tmpdir(), 'playhead-group-'));
let duck: Duck;
let session: DuckSession;
before(async () => {
  duck = await openDuck({ memoryBytes: mebibytes(64), threads: 2, temporaryDirectory: folder });
  session = await duck.connect();
});
after(async () => {
  await duck.close();
  rmSync(folder, { recursive: true });
});

const check = {
  kind: 'group',
  name: 'one_viewer',
  severity: 'warn',
  by: ['session'],
  orderBy: ['played', 'n'],
  withinMs: 0,
  same: ['viewer', 'device'],
  sequence: { field: 'step', pattern: '^start (pause )*stop $' },
} as const;

async function viewOf(rows: number, select: string): Promise<TableView> {
  const path = join(folder, 'made.parquet');
  await session.run(`COPY (${select}) TO '${path}' (FORMAT parquet)`);
  return {
    session,
    record: defineRecord('made', { fields: { session: field.string() } }),
    name: 'd.made',
    periodMs: 3_600_000,
    made: [{ bucket: 0, rows, path }],
    standing: [],
    now: async () => 0,
    arrivedMs: 0,
  };
}

test('groups are found at fault whatever order their rows are in, and some at a time as all at once', async () => {
  const view = await viewOf(
    17,
    `SELECT * FROM (VALUES
      ('a', 'v1', 'd1', 2, 1, 'stop'), ('a', 'v1', 'd1', 1, 1, 'start'), ('a', 'v1', NULL, 1, 2, 'pause'),
      ('b', 'v1', 'd1', 1, 1, 'start'), ('b', 'v2', 'd1', 2, 1, 'stop'),
      ('c', 'v1', 'd1', 2, 1, 'start'), ('c', 'v1', 'd2', 1, 1, 'stop'),
      ('d', 'v1', 'd1', 1, 1, NULL),
      (NULL, 'v1', 'd1', 1, 1, 'stop'),
      ('e', 'v1', 'd1', 3, 1, 'stop'), ('e', 'v1', 'd1', 1, 9, 'start'), ('e', 'v1', 'd1', 2, 1, 'pause'),
      ('f', 'v1', 'd1', 1, 1, 'pause'), ('g', 'v1', 'd1', 1, 1, 'pause'), ('h', 'v1', 'd1', 1, 1, 'pause'),
      ('i', NULL, 'd1', 1, 1, 'start'), ('i', 'v1', 'd1', NULL, 1, 'stop')
    ) t(session, viewer, device, played, n, step)`,
  );
  const found = {
    verdict: 'broken',
    broken: 6,
    samples: ['b: viewer v1 and v2', 'c: device d1 and d2; stop start', 'f: pause', 'g: pause', 'h: pause'],
  };
  assert.deepEqual(await groupOutcome(check, view), found);
  assert.deepEqual(await groupOutcome(check, view, 3), found);
  assert.deepEqual(await groupOutcome({ ...check, same: [], sequence: { field: 'step', pattern: '' } }, view), {
    verdict: 'passed',
    broken: 0,
    samples: [],
  });
});

test('more groups than memory holds are judged in what there is', async () => {
  const view = await viewOf(
    300_000,
    `SELECT 'session ' || (i * 7919 % 100000) AS session, 'viewer ' || i % 100000 % 10 AS viewer, 'd' AS device, i AS played,
      0 AS n, ['start', 'pause', 'stop'][1 + i // 100000] AS step FROM range(300000) r(i)`,
  );
  assert.deepEqual(await groupOutcome(check, view, 50_000), { verdict: 'passed', broken: 0, samples: [] });
  await assert.rejects(groupOutcome(check, view, 300_000), { code: 'PH_SQL_FAILED' });
});
