import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { manualClock, testEffects } from '../../src/base/effects.ts';
import { diagnose } from '../../src/check/doctor.ts';
import { pathFigures } from '../../src/check/path-figures.ts';
import { reconcile } from '../../src/check/reconcile/reconcile.ts';
import { defaultReport, gatherReport } from '../../src/check/report/daily-report.ts';
import { scoredFiles } from '../../src/check/score/scored-path.ts';
import { readStatus } from '../../src/check/status.ts';
import { traceByKey } from '../../src/check/trace/by-key.ts';
import { traceByPosition } from '../../src/check/trace/by-position.ts';
import { openTracer } from '../../src/check/trace/tracer.ts';
import { parquetRows } from '../../src/duck/file-rows.ts';
import { check } from '../../src/index.ts';
import { accountOf, addsUp } from '../../src/ledger/account.ts';
import { type Engine, openEngine } from '../../src/pipeline/engine/bind.ts';
import { embeddedProfile } from '../../src/pipeline/engine/profile.ts';
import { addressed, resolveAddress } from '../../src/pipeline/graph/address.ts';
import { lineageOf } from '../../src/pipeline/graph/lineage.ts';
import { erroredRecords } from '../../src/pipeline/quarantine/errored-records.ts';
import { quarantinedReasons } from '../../src/pipeline/quarantine/quarantine.ts';
import { openLineages } from '../../src/sql/lineage-cache.ts';
import { openTestPipeline, type TestPipeline } from '../../src/testing/index.ts';
import { plays } from '../pipeline/plays-pipeline.ts';
import { sampleSource } from '../source/sessions/sample-service.ts';

/** Of each round: five good records, one that a check refuses, and a line that is none. */
const good = 5;
const { jobs, ...others } = plays();
const { curate } = jobs;
assert.ok(curate !== undefined);
const checks = [check.row('not_spoiled', "device IS NULL OR device <> 'spoiled'")];
const pipeline = { ...others, jobs: { ...jobs, curate: { ...curate, checks } } };

let working: TestPipeline;
/** Another process's: what reads knows of the work only what is committed, registered and recorded. */
let reading: Engine;
let produced = 0;
let settled = 0;

/** One more round of work; the hours come by turns, so that every round restates one. */
async function work(): Promise<void> {
  const round = produced;
  produced += 1;
  const at = new Date(Date.UTC(2025, 7, 11, 8 + (round % 2), round)).toISOString();
  const records = Array.from({ length: good }, (_, i) => ({ id: `p${round}-${i}`, at }));
  await working.produce('plays', [...records, { id: `p${round}-bad`, at, device: 'spoiled' }]);
  await working.produce('plays', 'no record\n');
  await working.deliver();
  await working.run('curate');
  settled = produced;
}

before(async () => {
  working = await openTestPipeline(pipeline, { now: '2025-08-11T10:00:00Z', schedules: [] });
  const profile = { ...embeddedProfile, engine: { backend: 'duckdb', threads: 1 } } as const;
  const effects = testEffects({ clock: manualClock(working.clock.now()) });
  reading = openEngine({ pipelines: [pipeline], profile, home: working.home }, effects);
  await work();
});
after(async () => {
  await reading.close();
  await working.close();
});

/** More show no more, and take as long as the work. */
const mostLooks = 4;

/** Looks while a round of work goes on, and once more. */
async function beside(look: (before: number) => Promise<void>): Promise<void> {
  let isAtWork = true;
  const watch = async (): Promise<void> => {
    for (let looks = 0; looks < 2 || (isAtWork && looks < mostLooks); looks += 1) await look(settled);
  };
  const workOn = async (): Promise<void> => {
    try {
      await work();
    } finally {
      isAtWork = false;
    }
  };
  await Promise.all([workOn(), watch()]);
}

/** As many as were made: no fewer than were settled before the look, and no more than there are after it. */
function between(count: number, a: number, before: number, what: string): void {
  assert.ok(count >= a * before && count <= a * produced, `${what}: ${count}, of ${before} to ${produced} rounds`);
}

it('an account adds up each time', async () => {
  await beside(async () => {
    const [account] = (await pathFigures(reading, pipeline)).map(accountOf);
    assert.ok(account !== undefined && addsUp(account), JSON.stringify(account));
  });
});

it('doctor finds no link faulty, and none silent', async () => {
  await beside(async () => {
    const { links, firstSilent } = await diagnose(reading, pipeline);
    assert.deepEqual([firstSilent, links.filter(({ state }) => state === 'faulty')], [undefined, []]);
  });
});

it('status counts every record once, and loses none', async () => {
  await beside(async (before) => {
    const [status] = await readStatus(reading);
    const rows = new Map(status?.tables.map((table) => [table.table, table.rows]));
    between(rows.get('media.landing') ?? 0, good + 1, before, 'landed');
    between(rows.get('media.curated') ?? 0, good, before, 'curated');
    assert.ok(status?.deliveries.every(({ gaps }) => gaps === 0));
  });
});

it('trace finds a record once, delivered or on its way', async () => {
  await using session = await (await reading.duck()).connect();
  await beside(async (before) => {
    const tracer = await openTracer(reading, [pipeline], session, () => {});
    const [old, newest] = [
      await traceByKey(tracer, { id: 'p0-0' }),
      await traceByKey(tracer, { id: `p${before - 1}-0` }),
    ];
    for (const { records } of [old, newest])
      assert.deepEqual(
        records.map(({ outcome }) => outcome),
        ['delivered'],
      );
    const { records } = await traceByPosition(tracer, 'plays', 0, 0n);
    assert.deepEqual([records.length, records[0]?.outcome], [1, 'delivered']);
  });
});

it('the daily report’s account adds up, and what jobs read is all accounted for', async () => {
  await beside(async () => {
    const { parts } = await gatherReport(reading, pipeline, defaultReport(pipeline), undefined);
    const ledger = parts.find(({ title }) => title === 'Ledger');
    assert.match(ledger?.text ?? '', /the sum adds up/);
    const jobs = parts.find(({ title }) => title === 'Data quality')?.blocks[0]?.rows ?? [];
    assert.ok(jobs.length > 0);
    for (const { read, written, quarantined, deduplicated } of jobs)
      assert.equal(read, Number(written) + Number(quarantined) + Number(deduplicated));
  });
});

it('a score counts the rows of one moment', async () => {
  const job = resolveAddress([pipeline], 'curate', ['job']);
  const terminal = resolveAddress([pipeline], 'curated', ['table']);
  await using session = await (await reading.duck()).connect();
  await beside(async (before) => {
    const scored = { source: sampleSource, deliveries: addressed([pipeline], 'delivery'), jobs: [job], terminal };
    const { table } = await scoredFiles(reading, scored);
    const sql = `SELECT count(*), count(DISTINCT id) FROM ${parquetRows(table.map(({ file }) => file))}`;
    const [rows, distinct] = (await session.all(sql)).rows[0]?.map(Number) ?? [];
    assert.equal(rows, distinct);
    between(rows ?? 0, good, before, 'scored');
  });
});

it('reconcile finds nothing doubled, altered or made up; what is missing is under way', async () => {
  const lake = { store: await reading.lake(), prefix: 'landing/' };
  const stream = { kind: 'topic', stream: await reading.stream(), topic: 'plays' } as const;
  const settings = { key: ['id'], times: new Map(), ignored: new Set<string>(), samples: 1 };
  const { signal } = new AbortController();
  const ports = { duck: () => reading.duck(), scratch: join(await reading.scratch(), 'reconcile') };
  await beside(async (before) => {
    const { counts } = await reconcile(
      { stream, lake },
      { ...settings, signal, onProgress: () => {} },
      ports,
      reading.effects,
    );
    assert.deepEqual([counts.doubled, counts.altered, counts.extra], [0, 0, 0]);
    // The lines that are no record are in no table.
    const underWay = (good + 2) * (produced - before);
    assert.ok(counts.missing <= produced + underWay, `${counts.missing} missing`);
  });
});

it('lineage is what is defined, and quarantine lists each record that was set aside once', async () => {
  const lineages = openLineages(reading.home.cache, reading.effects);
  const graph = await lineageOf([pipeline], lineages, undefined, []);
  const [delivery] = addressed([pipeline], 'delivery');
  assert.ok(delivery !== undefined);
  await beside(async (before) => {
    assert.deepEqual(await lineageOf([pipeline], lineages, undefined, []), graph);
    between((await erroredRecords(reading, delivery)).records, 1, before, 'could not be parsed');
    const reasons = await quarantinedReasons(reading, resolveAddress([pipeline], 'curate', ['job']));
    assert.deepEqual(
      reasons.map(({ reason }) => reason),
      ['not_spoiled'],
    );
    between(reasons[0]?.records ?? 0, 1, before, 'in quarantine');
  });
});
