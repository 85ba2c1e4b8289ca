import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { table } from '../../../src/catalog/definition.ts';
import { scoreRecords } from '../../../src/check/score/score-records.ts';
import type { ScoredFiles, ScoredPath } from '../../../src/check/score/scored-path.ts';
import { readTruth } from '../../../src/check/score/truth-file.ts';
import { type Duck, openDuck, sqlString } from '../../../src/duck/duck.ts';
import { valueAt } from '../../../src/record/batch.ts';
import { defineRecord } from '../../../src/record/define-record.ts';
import { field } from '../../../src/record/field.ts';
import { SessionSource } from '../../../src/source/sessions/session-source.ts';
import { TruthFile } from '../../../src/source/sessions/truth.ts';
import { rangeOf } from '../../source/sessions/played-records.ts';
import { hourMs, monday, sampleReference, sampleSource } from '../../source/sessions/sample-service.ts';

const range = { fromMs: monday, toMs: monday + 6 * hourMs };
const injection = {
  late: { share: 0.05, minDelayMs: 600_000, maxDelayMs: hourMs },
  duplicated: { share: 0.04, maxDelayMs: 120_000 },
  conflicting: { share: 0.03, maxDelayMs: 120_000 },
  malformed: { share: 0.03 },
  invalid: { share: 0.02 },
};
const hourly = { year: 'int', month: 'int', day: 'int', hour: 'int' } as const;
const path: ScoredPath = {
  source: sampleSource,
  deliveries: [],
  jobs: [],
  terminal: {
    kind: 'table',
    address: 'sample.plays',
    pipeline: 'sample',
    name: 'plays',
    section: 'tables',
    definition: table({
      database: 'sample',
      name: 'plays',
      record: defineRecord('play', { fields: { id: field.string() } }),
      location: 'plays/',
      format: 'json',
      partitions: hourly,
    }),
  },
};

interface Row {
  readonly id: string;
  readonly at: string;
  readonly session: string;
  readonly text: string;
}

/** What a flow without a fault makes of the simulated records: each event once, copies dropped or set aside. */
function flow(truth: TruthFile) {
  const source = new SessionSource(
    { address: 'sample.viewers', definition: sampleSource, injection },
    sampleReference(),
    truth,
  );
  const rows = new Map<string, Row>();
  const conflicts: string[] = [];
  const invalid: string[] = [];
  const refused: Buffer[] = [];
  for (const { batch } of rangeOf(source, range.fromMs, range.toMs)) {
    for (let i = 0; i < batch.count; i += 1) {
      const bytes = Buffer.from(valueAt(batch, i));
      const text = bytes.toString().trimEnd();
      const row = batch.checkedObjects || isSound(bytes) ? rowOf(text) : undefined;
      if (row === undefined) refused.push(bytes);
      else if (!keepsRules(text)) invalid.push(text);
      else if (!rows.has(row.id)) rows.set(row.id, row);
      else if (rows.get(row.id)?.text !== text) conflicts.push(text);
    }
  }
  truth.end();
  return { rows: [...rows.values()], quarantined: [...conflicts, ...invalid], refused };
}

const titles = new Set(sampleReference().titles.ids);

function keepsRules(text: string): boolean {
  const { schema, work }: { schema: unknown; work: { id: string } } = JSON.parse(text);
  return schema === 3 && titles.has(work.id);
}

/** A record without the marks of a spoiled one. */
function isSound(bytes: Buffer): boolean {
  const text = bytes.toString('latin1');
  const marks = ['\u0000', '\u00ff', '\\ud800', ',"schema":0}'];
  return /^\{.*\}\n$/.test(text) && !marks.some((mark) => text.includes(mark));
}

function rowOf(text: string): Row | undefined {
  const { id, at, session } = JSON.parse(text);
  return { id, at: new Date(at).toISOString(), session, text };
}

describe('records scored against the truth', () => {
  let folder: string;
  let duck: Duck;
  let made: ReturnType<typeof flow>;
  let truthPath: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'playhead-score-'));
    duck = await openDuck({ memoryBytes: 256 * 1024 ** 2, threads: 1, temporaryDirectory: folder });
    truthPath = join(folder, 'truth.ndjson');
    const lines: string[] = [];
    const run = { source: 'sample.viewers', seed: 7, ...range, incidents: [] };
    made = flow(new TruthFile(run, (line) => lines.push(line)));
    await writeFile(truthPath, lines.join(''));
  });

  after(async () => {
    await duck.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Figures that are not whole, by name. */
  async function wanting(what: typeof made, keyOf: (row: Row) => string = hourKey): Promise<Record<string, number>> {
    const truth = await readTruth(truthPath);
    await using session = await duck.connect();
    const figures = await scoreRecords(session, truth, path, await files(what, keyOf));
    assert.ok(
      figures.every(({ of }) => of > 5),
      JSON.stringify(figures),
    );
    return Object.fromEntries(
      figures.filter(({ done, of }) => done !== of).map(({ name, done, of }) => [name, of - done]),
    );
  }

  async function files(what: typeof made, keyOf: (row: Row) => string): Promise<ScoredFiles> {
    const byKey = Map.groupBy(what.rows, keyOf);
    const written: { file: string; key: string }[] = [];
    for (const [key, rows] of byKey) {
      const file = join(folder, `${written.length}.json`);
      await writeFile(file, rows.map(({ text }) => `${text}\n`).join(''));
      written.push({ file, key });
    }
    const refused = join(folder, 'refused.json');
    const raw = what.refused.map((bytes) => `${JSON.stringify({ rawData: bytes.toString('base64') })}\n`);
    await writeFile(refused, raw.join(''));
    const quarantine = join(folder, 'quarantine.parquet');
    await using session = await duck.connect();
    const texts = what.quarantined.map((text) => `('key_conflict', ${sqlString(text)})`);
    await session.run(
      `COPY (SELECT * FROM (VALUES ${texts.join(', ')}) t(reason, text)) TO ${sqlString(quarantine)} (FORMAT parquet)`,
    );
    return { table: written, refused: [refused], quarantined: [quarantine] };
  }

  it('are whole where nothing went wrong', async () => {
    assert.deepEqual(await wanting(made), {});
  });

  it('are whole where the table has more of an hour: copies of records from before the range, other runs', async () => {
    const sessions = Map.groupBy(made.rows, ({ session }) => session);
    const whole = [...sessions.values()].find((rows) => rows.some(({ text }) => text.includes('"PLAY"'))) ?? [];
    const ends = made.rows.filter(({ text }) => /"(QUIT|END)"/.test(text)).slice(0, 3);
    assert.equal(ends.length, 3);
    const others = [...whole, ...ends].map(({ id, at, session, text }) => {
      const [otherId, otherSession] = [`${id}-other`, `${session}-other`];
      return { id: otherId, at, session: otherSession, text: text.replace(id, otherId).replace(session, otherSession) };
    });
    assert.deepEqual(await wanting({ ...made, rows: [...made.rows, ...others] }), {});
  });

  it('say that an event is lost', async () => {
    const rows = made.rows.filter(({ text }) => !text.includes('"PLAY"'));
    const lost = made.rows.length - rows.length;
    const found = await wanting({ ...made, rows });
    assert.equal(found['events in their hour'], lost);
    assert.equal(found['sessions whole'], lost);
  });

  it('say that a copy came through, of a duplicate or of a conflict', async () => {
    const truth = await readTruth(truthPath);
    assert.equal(truth.source, 'sample.viewers');
    const conflict = rowOf(made.quarantined[0] ?? '');
    assert.ok(conflict !== undefined);
    const found = await wanting({ ...made, rows: [...made.rows, conflict] });
    assert.ok((found['conflicts quarantined'] ?? 0) >= 1);
    const lost = await wanting({ ...made, quarantined: made.quarantined.slice(0, -2) });
    assert.ok((lost['invalid quarantined'] ?? 0) >= 1);
  });

  it('say that what was broken is nowhere, and that a conflict is not in quarantine', async () => {
    const found = await wanting({
      ...made,
      refused: made.refused.slice(0, -5),
      quarantined: made.quarantined.slice(2),
    });
    assert.ok((found['malformed caught'] ?? 0) >= 1 && (found['malformed caught'] ?? 0) <= 5);
    assert.ok((found['conflicts quarantined'] ?? 0) >= 1);
  });

  it('say that late events lie in the hour of their arrival', async () => {
    const found = await wanting(made, (row) =>
      hourKey({ ...row, at: new Date(Date.parse(row.at) + hourMs).toISOString() }),
    );
    assert.ok((found['late events placed'] ?? 0) > 5);
    assert.deepEqual(Object.keys(found), ['late events placed']);
  });
});

function hourKey({ at }: Row): string {
  const [year, month, day, hour] = at.split(/[-T:]/);
  return `plays/year=${year}/month=${month}/day=${day}/hour=${hour}/0.json`;
}

describe('a truth file', () => {
  it('that is none, or whose run was cut short, is refused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'playhead-truth-'));
    try {
      const file = join(folder, 'truth.ndjson');
      const run = JSON.stringify({
        kind: 'run',
        source: 'a.b',
        from: '2025-08-11T00:00:00Z',
        to: '2025-08-12T00:00:00Z',
      });
      for (const [text, message] of [
        ['', /is not a truth file/],
        ['no json\n', /is not a truth file/],
        [`${run}\n`, /has no totals/],
      ] as const) {
        await writeFile(file, text);
        await assert.rejects(readTruth(file), message);
      }
      await assert.rejects(readTruth(join(folder, 'absent')), /cannot be read/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
