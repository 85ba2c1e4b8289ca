import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { hours, mebibytes } from '../../src/base/units.ts';
import { type Duck, type DuckSession, openDuck } from '../../src/duck/duck.ts';
import { defineRecord, field } from '../../src/index.ts';
import { driftOutcome } from '../../src/quality/drift.ts';
import type { TableView } from '../../src/quality/table-view.ts';

const folder = mkdtempSync(join(tmpdir(), 'playhead-drift-'));
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

const record = defineRecord('play', { fields: { quality: field.string(), mbps: field.double() } });

/** A view of one hour on two days: what stands of the first, made of the second. */
async function viewOf(rows: number, standing: string, made: string): Promise<TableView> {
  const written = async (name: string, select: string): Promise<string> => {
    const path = join(folder, `${name}.parquet`);
    await session.run(`COPY (SELECT ${select} FROM range(${rows}) r(i)) TO '${path}' (FORMAT parquet)`);
    return path;
  };
  const [before, now] = [await written('before', standing), await written('now', made)];
  return {
    session,
    record,
    name: 'media.plays',
    periodMs: hours(1),
    made: [{ bucket: 24, rows, path: now }],
    standing: [{ bucket: 0, rows, path: async () => before }],
    now: async () => 0,
    arrivedMs: 0,
  };
}

/** Σ (p - q) ln(p / q) of the shares themselves. */
const index = (p: readonly number[], q: readonly number[]): string =>
  p.reduce((sum, share, i) => sum + (share - (q[i] ?? 0)) * Math.log(share / (q[i] ?? 1)), 0).toFixed(3);

test('the index of text compares the shares of its values, row by row, not each with each', async () => {
  // Of 500,000 rows with as many, each with each would be 2.5 × 10^11: no test would see its end.
  const view = await viewOf(
    500_000,
    `CASE WHEN i % 2 = 0 THEN 'HD' ELSE 'SD' END AS quality`,
    `CASE WHEN i % 4 = 0 THEN 'HD' ELSE 'SD' END AS quality`,
  );
  const outcome = await driftOutcome(
    { kind: 'drift', name: 'drift', severity: 'warn', field: 'quality', most: 0.25, days: 7 },
    view,
  );
  assert.deepEqual([outcome.verdict, outcome.found], ['broken', `index at most ${index([0.25, 0.75], [0.5, 0.5])}`]);
});

test('the index of numbers compares their shares of the deciles of the days before', async () => {
  const check = { kind: 'drift', name: 'drift', severity: 'warn', field: 'mbps', most: 0.25, days: 7 } as const;
  const same = await driftOutcome(check, await viewOf(1000, 'i / 1.0 AS mbps', '999 - i / 1.0 AS mbps'));
  assert.deepEqual([same.verdict, same.found], ['passed', 'index at most 0.000']);
  const higher = await driftOutcome(check, await viewOf(1000, 'i / 1.0 AS mbps', '500 + i / 2.0 AS mbps'));
  assert.equal(higher.verdict, 'broken');
});
