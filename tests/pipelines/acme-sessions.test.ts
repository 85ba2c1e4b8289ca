import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { telemetryChecks } from '../../pipelines/acme/checks.ts';
import { acme } from '../../pipelines/acme/index.ts';
import { acmeSessions } from '../../pipelines/acme/model.ts';
import { telemetry } from '../../pipelines/acme/record.ts';
import { type Duck, openDuck, sqlString } from '../../src/duck/duck.ts';
import type { CheckOutcome } from '../../src/quality/outcome.ts';
import { judgeTable } from '../../src/quality/table-rules.ts';
import type { Infer } from '../../src/record/infer.ts';
import { compileValidator } from '../../src/record/validator.ts';
import { readReference } from '../../src/source/read-reference.ts';
import { seedSql } from '../../src/source/seed-table.ts';
import type { Incident } from '../../src/source/sessions/incidents.ts';
import { localTime } from '../../src/source/sessions/local-time.ts';
import type { Reference } from '../../src/source/sessions/reference.ts';
import { SessionSource } from '../../src/source/sessions/session-source.ts';

type Event = Infer<typeof telemetry>;

const dayMs = 86_400_000;
const monday = Date.UTC(2025, 7, 11);
/** As many events for each household as 2.2 million a day are for 100,000. */
const customers = 2000;
const eventsPerDay = 2_200_000 * (customers / 100_000);

let reference: Reference;
let events: Event[];
let duck: Duck;
let folder: string;

function definition() {
  const source = acme.sources['viewers'];
  assert.ok(source?.source === 'sessions');
  return { ...source, eventsPerDay };
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'playhead-acme-sessions-'));
  duck = await openDuck({ memoryBytes: 512 * 1024 ** 2, threads: 2, temporaryDirectory: folder });
  const session = await duck.connect();
  const relation = (name: string, rows: number): string => {
    const source = acme.sources[name];
    assert.ok(source?.source === 'seed-table');
    return `(${seedSql({ ...source, rows })})`;
  };
  reference = await readReference(session, definition(), {
    viewers: relation('make-customers', customers),
    titles: relation('make-titles', 10_000),
  });
  await session[Symbol.asyncDispose]();
  events = [];
  const source = new SessionSource(
    { address: 'acme.viewers', definition: definition(), key: 'customer_id' },
    reference,
  );
  for (const { batch } of source.read(new Date(monday).toISOString(), new Date(monday + dayMs).toISOString()))
    for (const line of Buffer.from(batch.values).toString().trim().split('\n')) events.push(JSON.parse(line));
});

after(async () => {
  // Other files' tests follow in this process.
  events = [];
  await duck.close();
  await rm(folder, { recursive: true, force: true });
});

function shares<T>(records: readonly T[], of: (record: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const record of records) counts[of(record)] = (counts[of(record)] ?? 0) + 1 / records.length;
  return counts;
}

function near(
  found: Readonly<Record<string, number>>,
  expected: Readonly<Record<string, number>>,
  within: number,
): void {
  assert.deepEqual(Object.keys(found).sort(), Object.keys(expected).sort());
  for (const [name, share] of Object.entries(expected))
    assert.ok(Math.abs((found[name] ?? 0) - share) <= within, `${name}: ${found[name]?.toFixed(4)}, not ${share}`);
}

const starts = (): Event[] => events.filter(({ event_type }) => event_type === 'start');
const ends = (): Event[] => events.filter(({ event_type }) => event_type === 'stop' || event_type === 'complete');
const viewerOf = (event: Event): number => reference.viewers.ids.indexOf(event.customer_id);

describe("ACME's sessions", () => {
  it('make as many events a day as asked for, each of which is a valid record', () => {
    assert.ok(events.length <= 50_000 && Math.abs(events.length / eventsPerDay - 1) < 0.05, `${events.length}`);
    const issuesOf = compileValidator(telemetry);
    for (const event of events) assert.deepEqual(issuesOf(event), []);
    assert.equal(new Set(events.map(({ event_id }) => event_id)).size, events.length);
  });

  it('have the shares of the facts', () => {
    const byKind = { start: 0.35, stop: 0.22, complete: 0.13, pause: 0.15, resume: 0.15 };
    near(
      shares(events, ({ event_type }) => event_type),
      byKind,
      0.02,
    );
    near(
      shares(events, ({ quality }) => quality),
      { SD: 0.395, HD: 0.485, '4K': 0.12 },
      0.02,
    );
    const devices = { mobile: 0.35, web: 0.25, tv: 0.3, tablet: 0.1 };
    near(
      shares(starts(), ({ device_type }) => device_type),
      devices,
      0.02,
    );
    const connections = { wifi: 0.2, fiber: 0.2, cable: 0.28, dsl: 0.14, mobile: 0.15, satellite: 0.03 };
    near(
      shares(starts(), ({ connection_type }) => connection_type),
      connections,
      0.02,
    );
    const tiers = { free_with_ads: 0.4, basic: 0.3, standard: 0.2, premium: 0.1 };
    near(
      shares(starts(), (event) => reference.viewers.tiers[viewerOf(event)] ?? ''),
      tiers,
      0.02,
    );
  });

  it('draw viewers and titles by pool, and four in five of a preferred genre', () => {
    const pools = shares(starts(), (event) => String(reference.viewers.pools[viewerOf(event)]));
    near(pools, { 0: 0.3, 1: 0.6, 2: 0.1 }, 0.02);
    const titles = new Map(reference.titles.ids.map((id, title) => [id, title]));
    const { popular, regular } = acmeSessions.titlePools;
    const poolOf = ({ title_id }: Event): string => {
      const place = (reference.titles.ranks[titles.get(title_id) ?? 0] ?? 0) / reference.titles.count;
      return place < popular.share ? 'popular' : place < popular.share + regular.share ? 'regular' : 'niche';
    };
    near(shares(starts(), poolOf), { popular: 0.7, regular: 0.25, niche: 0.05 }, 0.02);
    const preferred = (event: Event): string => {
      const genre = reference.titles.genreNames.indexOf(reference.titles.genres[titles.get(event.title_id) ?? 0] ?? '');
      return String(((reference.viewers.preferredGenres[viewerOf(event)] ?? 0) >> genre) & 1);
    };
    near(shares(starts(), preferred), { 0: 0.2, 1: 0.8 }, 0.02);
  });

  it('watch a few titles most: the first hundredth a third of the hours, the first tenth three quarters', () => {
    const titles = new Map(reference.titles.ids.map((id, title) => [id, title]));
    const hours = (most: number): number =>
      ends().reduce((sum, { title_id, watch_duration_seconds }) => {
        const rank = reference.titles.ranks[titles.get(title_id) ?? 0] ?? 0;
        return rank < reference.titles.count * most ? sum + watch_duration_seconds : sum;
      }, 0);
    assert.ok(Math.abs(hours(0.01) / hours(1) - 0.35) < 0.04, `${hours(0.01) / hours(1)}`);
    assert.ok(Math.abs(hours(0.1) / hours(1) - 0.74) < 0.04, `${hours(0.1) / hours(1)}`);
  });

  it('complete by title type as .7 : .8 : .6, more on big screens, and watch about four hours a household', () => {
    const typeOf = new Map(reference.titles.ids.map((id, title) => [id, reference.titles.types[title] ?? '']));
    const completing = (of: (event: Event) => boolean): number => {
      const some = ends().filter(of);
      return some.filter(({ event_type }) => event_type === 'complete').length / some.length;
    };
    const rate = (type: string): number => completing(({ title_id }) => typeOf.get(title_id) === type);
    assert.ok(Math.abs(rate('movie') / rate('series') - 0.7 / 0.8) < 0.06);
    assert.ok(Math.abs(rate('documentary') / rate('series') - 0.6 / 0.8) < 0.09);
    const onDevice = (device: string): number => completing(({ device_type }) => device_type === device);
    assert.ok(onDevice('tv') > onDevice('web') && onDevice('web') > onDevice('mobile'));
    const hours = ends().reduce((sum, { watch_duration_seconds }) => sum + watch_duration_seconds, 0) / 3600;
    assert.ok(Math.abs(hours / customers - 4) < 0.6, `${hours / customers} hours`);
  });

  it('follow local time: most is watched in the evening, least before dawn, six to eight times less', () => {
    const zones = new Map(reference.viewers.timezones.map((name) => [name, localTime(name)]));
    const byHour = new Float64Array(24);
    for (const event of starts()) {
      const utcMs = Date.parse(event.event_timestamp);
      const offsetMs = zones.get(reference.viewers.timezones[viewerOf(event)] ?? '')?.offsetMs(utcMs) ?? 0;
      const hour = new Date(utcMs + offsetMs).getUTCHours();
      byHour[hour] = (byHour[hour] ?? 0) + 1;
    }
    const peak = byHour.indexOf(Math.max(...byHour));
    const trough = byHour.indexOf(Math.min(...byHour));
    assert.ok(peak >= 19 && peak <= 22, `most at ${peak}`);
    assert.ok(trough >= 3 && trough <= 5, `least at ${trough}`);
    const ratio = (byHour[peak] ?? 0) / (byHour[trough] ?? 1);
    assert.ok(ratio > 5 && ratio < 10, `${ratio} times`);
  });

  it('mostly never stall; when they do, it has a heavy tail, and more so at higher quality', () => {
    const stalling = (quality: string): number => {
      const some = ends().filter((event) => event.quality === quality);
      return some.filter(({ buffering_events }) => buffering_events > 0).length / some.length;
    };
    assert.ok(stalling('4K') > stalling('HD') && stalling('HD') > stalling('SD') && stalling('4K') < 0.4);
    const counts = ends()
      .map(({ buffering_events }) => buffering_events)
      .sort((a, b) => a - b);
    assert.equal(counts[Math.floor(counts.length / 2)], 0);
    assert.ok((counts.at(-1) ?? 0) >= 20);
  });

  it('keep the rules of the facts in every event', () => {
    const systems = new Map(Object.entries(acmeSessions.devices).map(([name, { os }]) => [name, Object.keys(os)]));
    for (const event of events) {
      if (event.event_type === 'start')
        assert.deepEqual(
          [event.watch_duration_seconds, event.position_seconds, event.completion_percentage],
          [0, 0, 0],
        );
      if (event.event_type === 'complete') assert.ok(event.completion_percentage > 90);
      if (event.buffering_events === 0) assert.equal(event.buffering_duration_seconds, 0);
      assert.ok(event.buffering_duration_seconds <= event.watch_duration_seconds);
      if (event.quality === '4K') assert.ok(event.bandwidth_mbps >= 15);
      assert.ok(
        systems.get(event.device_type)?.includes(event.device_os),
        `${event.device_os} on ${event.device_type}`,
      );
      assert.ok(event.device_type !== 'tv' || event.connection_type !== 'mobile');
      assert.match(event.ip_address, /^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+$/);
      const viewer = viewerOf(event);
      assert.equal(event.country, reference.viewers.countries[viewer]);
      assert.equal(event.state, reference.viewers.columns['state']?.[viewer]);
      const elsewhere = event.country !== 'United States';
      assert.equal(event.isp.startsWith(`${event.country} `), elsewhere, `${event.isp} in ${event.country}`);
    }
  });
});

/** ACME's own check of whole sessions, on a day of an audience whose every second session breaks off. */
async function judgeSessions(seed: number, fromMs: number, incidents: readonly Incident[]): Promise<CheckOutcome> {
  const model = {
    ...acmeSessions,
    errors: { share: 0.5, fatal: 1 },
    pauses: { ...acmeSessions.pauses, perSession: 2 },
  };
  const source = new SessionSource(
    {
      address: 'acme.viewers',
      definition: { ...definition(), seed, eventsPerDay: 4000, model },
      injection: { incidents },
    },
    reference,
  );
  const range = [fromMs, fromMs + dayMs].map((ms) => new Date(ms).toISOString());
  const [lines, path] = [join(folder, 'sessions.json'), join(folder, 'sessions.parquet')];
  const parts = [...source.read(range[0] ?? '', range[1] ?? '')].map(({ batch }) => batch.values);
  await writeFile(lines, Buffer.concat(parts));
  await using session = await duck.connect();
  await session.run(
    `COPY (SELECT * FROM read_json(${sqlString(lines)}, format = 'newline_delimited')) TO ${sqlString(path)} (FORMAT parquet)`,
  );
  const whole = telemetryChecks.find(({ name }) => name === 'one_viewer_a_session');
  assert.ok(whole?.kind === 'group');
  const made = [{ bucket: 0, rows: 0, path }];
  const view = { session, record: telemetry, name: 'sessions', periodMs: undefined, made, standing: [] };
  return await judgeTable(whole, { ...view, now: async () => fromMs, arrivedMs: fromMs });
}

describe("ACME's check of whole sessions", () => {
  const day = fc.integer({ min: 0, max: 364 }).map((days) => Date.UTC(2025, 0, 1) + days * dayMs);
  it('holds on any day of any seed, however sessions end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), day, fc.boolean(), async (seed, fromMs, faulty) => {
        const window = { fromMs: fromMs + dayMs / 2, toMs: fromMs + dayMs, where: {} };
        const incidents: readonly Incident[] = [
          { kind: 'bad-release', magnitude: 0.8, ...window },
          { kind: 'cdn-degradation', magnitude: 6, ...window },
        ];
        const { verdict, samples } = await judgeSessions(seed, fromMs, faulty ? incidents : []);
        assert.deepEqual([verdict, samples], ['passed', []]);
      }),
      { numRuns: 5 },
    );
  });
});

describe("ACME's queries", () => {
  it('are the ten of the document, the last in both spellings of the median, each for the one day', () => {
    const queries = Object.values(acme.queries);
    assert.equal(queries.length, 11);
    for (const { title, description, sql, database, workgroup } of queries) {
      assert.ok(title.length > 5 && description.length > 20);
      assert.deepEqual([database, workgroup], ['acme_telemetry', 'analysts']);
      assert.match(sql, /year = 2025 AND (v\.)?month = 8 AND (v\.)?day = 11/);
    }
    assert.match(acme.queries['isp-performance']?.sql ?? '', /PERCENTILE_CONT\(0\.5\) WITHIN GROUP/);
    assert.match(acme.queries['isp-performance-approx']?.sql ?? '', /approx_percentile\(bandwidth_mbps, 0\.5\)/);
  });
});
