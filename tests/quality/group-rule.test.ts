import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { mebibytes } from '../../src/base/units.ts';
import { type Duck, type DuckSession, openDuck } from '../../src/duck/duck.ts';
import { defineRecord, field } from '../../src/index.ts';
import { groupOutcome } from '../../src/quality/group-rule.ts';
import { judgeTable } from '../../src/quality/table-rules.ts';
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
    broken: 7,
    samples: [
      'a: device d1 and null',
      'b: viewer v1 and v2',
      'c: device d1 and d2; stop start',
      'f: pause',
      'g: pause',
    ],
  };
  assert.deepEqual(await groupOutcome(check, view), found);
  assert.deepEqual(await groupOutcome(check, view, 3), found);
  assert.deepEqual(await groupOutcome({ ...check, same: [], sequence: { field: 'step', pattern: '' } }, view), {
    verdict: 'passed',
    broken: 0,
    samples: [],
  });
});

/** The `step`s of session `s` in these hours, as one run makes them, or with the hours that stood before it. */
async function hoursOf(
  made: readonly (readonly [number, string])[],
  stood: readonly (readonly [number, string])[] = [],
) {
  const write = async ([bucket, step]: readonly [number, string]) => {
    const path = join(folder, `hour-${bucket}.parquet`);
    await session.run(`COPY (SELECT 's' AS session, 'v' AS viewer, 'd' AS device, ${bucket} AS played, 1 AS n, '${step}' AS step)
      TO '${path}' (FORMAT parquet)`);
    return { bucket, rows: 1, path };
  };
  const standing = await Promise.all(stood.map(write));
  return {
    ...(await viewOf(0, 'SELECT 1 AS none')),
    made: await Promise.all(made.map(write)),
    standing: standing.map((hour) => ({ ...hour, path: async () => hour.path })),
  };
}

test('what lies out of reach is another group, and no repetition, however the hours came: in one run or in several', async () => {
  const within = { ...check, withinMs: 2 * 3_600_000 };
  const unique = { kind: 'unique', name: 'u', severity: 'fail', key: ['session'], withinMs: 2 * 3_600_000 } as const;
  const verdicts = async (...hours: Parameters<typeof hoursOf>): Promise<unknown> => {
    const view = await hoursOf(...hours);
    const repeated = await judgeTable(unique, view);
    return [(await groupOutcome(within, view)).samples, repeated.samples];
  };
  assert.deepEqual(
    await verdicts([
      [1, 'start'],
      [3, 'pause'],
      [5, 'stop'],
    ]),
    [[], ['s: 3 rows']],
  );
  assert.deepEqual(
    await verdicts([
      [1, 'start'],
      [11, 'stop'],
    ]),
    [['s: start', 's: stop'], []],
  );
  assert.deepEqual(await verdicts([[11, 'stop']], [[1, 'start']]), [['s: stop'], []]);
  assert.deepEqual(
    await verdicts(
      [
        [3, 'stop'],
        [11, 'stop'],
      ],
      [[1, 'start']],
    ),
    [['s: stop'], ['s: 2 rows']],
  );
  const view = await hoursOf([
    [1, 'start'],
    [2, 'start'],
  ]);
  assert.equal((await judgeTable({ ...unique, withinMs: 0 }, view)).verdict, 'passed', 'within one hour only');
});

test('rows without the key are no group, and none repeats another', async () => {
  const view = await viewOf(
    3,
    `SELECT NULL AS session, 'v' || i AS viewer, 'd' AS device, i AS played, 0 AS n, 'stop' AS step FROM range(3) r(i)`,
  );
  assert.equal((await groupOutcome(check, view)).verdict, 'passed');
  const unique = { kind: 'unique', name: 'u', severity: 'fail', withinMs: 0 } as const;
  assert.equal((await judgeTable({ ...unique, key: ['session'] }, view)).verdict, 'passed');
  assert.equal((await judgeTable({ ...unique, key: ['session', 'step'] }, view)).verdict, 'passed');
  assert.deepEqual((await judgeTable({ ...unique, key: ['step'] }, view)).samples, ['stop: 3 rows']);
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
