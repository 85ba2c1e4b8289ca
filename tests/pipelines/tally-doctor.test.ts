import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { tally } from '../../pipelines/tally/index.ts';
import type { FaultName } from '../../pipelines/tally/stub/faults.ts';
import { type Stub, startStub } from '../../pipelines/tally/stub/server.ts';
import { tmdb } from '../../pipelines/tally/sync.ts';
import { type Effects, manualClock, systemEffects } from '../../src/base/effects.ts';
import { PlayheadError } from '../../src/base/errors.ts';
import { seededRandom } from '../../src/base/random.ts';
import { type Diagnosis, diagnose } from '../../src/check/doctor.ts';
import type { Link, LinkKind } from '../../src/check/link.ts';
import { crawler } from '../../src/index.ts';
import type { Run } from '../../src/orchestrate/runs.ts';
import { applyDefinitions } from '../../src/pipeline/apply/apply.ts';
import type { PipelineDefinition } from '../../src/pipeline/definition.ts';
import { type Engine, openEngine } from '../../src/pipeline/engine/bind.ts';
import { embeddedProfile, type Profile } from '../../src/pipeline/engine/profile.ts';
import { engineRunner } from '../../src/pipeline/run/handlers.ts';
import { landPages } from './tally-pages.ts';

const minuteMs = 60_000;
const key = 'made-up-key-0123456789abcdef0123';
const { requestsPerSecond: _, ...unhurried } = tmdb;
const { airing_today, genres } = unhurried.endpoints;
assert.ok(airing_today !== undefined && genres !== undefined);
/** One page of one list, as fast as it comes; and a crawler of silver. */
const pipeline: PipelineDefinition = {
  ...tally,
  sources: { sync: { ...unhurried, endpoints: { airing_today: { ...airing_today, maxPages: 1 }, genres } } },
  crawlers: { found: crawler({ path: 'silver/shows/', database: 'tally_dev', table: 'silver_shows' }) },
};
const clock = manualClock(Date.UTC(2026, 10, 22, 3));
const { signal } = new AbortController();

let home: string;
let stub: Stub;
let fault: FaultName | undefined;
let engine: Engine;
/** The same home, where nothing follows anything. */
let alone: Engine;

const environment = (): Record<string, string> => ({ TMDB_API_KEY: key, TMDB_BASE_URL: stub.url });
const effectsWith = (env: Effects['env']): Effects => systemEffects({ clock, random: seededRandom(1), env });
const opened = (env: Effects['env'] = environment(), profile: Profile = embeddedProfile): Engine =>
  openEngine({ pipelines: [pipeline], profile, home }, effectsWith(env));

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'playhead-tally-doctor-'));
  stub = await startStub({
    key,
    now: clock.now,
    fault: ({ path }) => (path === '/tv/airing_today' ? fault : undefined),
  });
  engine = opened();
  await applyDefinitions(engine);
  const pipelines = [{ ...pipeline, triggers: {} }];
  alone = openEngine({ pipelines, profile: embeddedProfile, home }, effectsWith(environment()));
});
after(async () => {
  await alone.close();
  await engine.close();
  await stub.close();
  await rm(home, { recursive: true });
});

const linkOf = ({ links }: Diagnosis, kind: LinkKind, address: string): Link => {
  const link = links.find((each) => each.kind === kind && each.address === address);
  assert.ok(link !== undefined, `${kind} ${address}`);
  return link;
};
const source = async (by: Engine = engine): Promise<Link> =>
  linkOf(await diagnose(by, pipeline), 'source', 'tally.sync');
const answered = async (env: Effects['env'], profile?: Profile): Promise<Diagnosis> => {
  const other = opened(env, profile);
  try {
    return await diagnose(other, pipeline);
  } finally {
    await other.close();
  }
};
/** Runs one thing, without the triggers that follow it. */
async function runAlone(address: string, kind: 'source' | 'job' | 'crawler'): Promise<void> {
  await (await engineRunner(alone))({ address, kind, trigger: 'command', arguments: {} }, signal);
}
/** A run as its process left it. */
async function leaveRun(address: string, end: Pick<Run, 'outcome' | 'error' | 'durationMs'>): Promise<() => void> {
  const runs = await engine.runs();
  const id = runs.start({ address, kind: 'job', trigger: 'command', input: {} });
  const { outcome, error, durationMs = 0 } = end;
  const finish = (as: 'failed' | 'succeeded'): void =>
    runs.finish(id, { outcome: as, durationMs, ...(error === undefined ? {} : { error }) });
  if (outcome === 'running') return () => finish('succeeded');
  finish(outcome === 'failed' ? 'failed' : 'succeeded');
  return () => {};
}

describe('there is no silver data: doctor says', () => {
  it('that the key is not set, and where it is read from', async () => {
    const { firstSilent } = await answered({ TMDB_BASE_URL: stub.url });
    assert.deepEqual([firstSilent?.kind, firstSilent?.remedy], ['source', 'export TMDB_API_KEY=KEY']);
  });

  it('that the key is refused, in the API’s own words, and never the key', async () => {
    const { firstSilent } = await answered({ ...environment(), TMDB_API_KEY: 'a-wrong-key-that-is-long' });
    assert.match(
      firstSilent?.finding ?? '',
      /answered 401 Unauthorized \(status_code 7, status_message Invalid API key/,
    );
    assert.match(firstSilent?.remedy ?? '', /TMDB_API_KEY/);
    assert.doesNotMatch(JSON.stringify(firstSilent), /a-wrong-key/);
  });

  it('that nobody answers at the base URL', async () => {
    const { firstSilent } = await answered({ ...environment(), TMDB_BASE_URL: 'http://127.0.0.1:1/3' });
    assert.match(firstSilent?.finding ?? '', /GET \/tv\/airing_today\?page=1: /);
    assert.equal(firstSilent?.kind, 'source');
  });

  it('that the source answers and never ran; what nobody sends events to has only not begun', async () => {
    const diagnosis = await diagnose(engine, pipeline);
    assert.deepEqual(
      [diagnosis.firstSilent?.finding, diagnosis.firstSilent?.remedy],
      ['it answers; never ran', 'playhead run tally.sync'],
    );
    const stream = linkOf(diagnosis, 'stream', 'tally.events');
    assert.deepEqual([stream.state, stream.remedy], ['waiting', 'playhead serve']);
    const faulty = diagnosis.links.filter(({ state }) => state === 'faulty');
    assert.equal(faulty.length, 1, JSON.stringify(faulty));
  });

  it('that it answers now, and to run it, where the last run had no key', async () => {
    const keyless = opened({ TMDB_BASE_URL: stub.url });
    const run = (await engineRunner(keyless))(
      { address: 'tally.sync', kind: 'source', trigger: 'command', arguments: {} },
      signal,
    );
    await assert.rejects(run, /TMDB_API_KEY is not set/);
    await keyless.close();
    const { finding, remedy } = await source();
    assert.match(finding, /^it answers now; last run failed: .*TMDB_API_KEY is not set/);
    assert.equal(remedy, 'playhead run tally.sync');
  });

  it('that bronze is there and the trigger did not fire', async () => {
    await runAlone('tally.sync', 'source');
    assert.equal(linkOf(await diagnose(engine, pipeline), 'trigger', 'tally.etl').state, 'well', 'it may yet');
    await clock.advance(2 * minuteMs);
    const diagnosis = await diagnose(engine, pipeline);
    assert.equal(linkOf(diagnosis, 'catalog', 'tally.bronze').state, 'well');
    const trigger = linkOf(diagnosis, 'trigger', 'tally.etl');
    assert.match(trigger.finding, /^did not fire: 1 commit of tally\.bronze waits for 2 min$/);
    assert.equal(trigger.remedy, 'playhead run tally.silver');
    assert.equal(linkOf(diagnosis, 'job', 'tally.silver').state, 'faulty', 'its input is there, and it never ran');
  });

  it('which job failed, and why; that the trigger fired', async () => {
    await leaveRun('tally.silver', {
      outcome: 'failed',
      error: { code: 'PH_SQL_FAILED', message: 'Out of Memory Error: could not allocate 512 MiB' },
    });
    const diagnosis = await diagnose(engine, pipeline);
    assert.equal(linkOf(diagnosis, 'trigger', 'tally.etl').state, 'well');
    const job = linkOf(diagnosis, 'job', 'tally.silver');
    assert.match(job.finding, /^last run failed: Out of Memory Error/);
    assert.equal(job.remedy, 'playhead logs tally.silver');
  });

  it('nothing, once silver has run', async () => {
    for (const job of ['tally.name-genres', 'tally.silver']) await runAlone(job, 'job');
    const diagnosis = await diagnose(engine, pipeline);
    assert.equal(diagnosis.firstSilent, undefined, JSON.stringify(diagnosis.firstSilent));
    assert.equal(linkOf(diagnosis, 'query', 'tally.silver-shows').state, 'well');
  });
});

describe('a table is not found: doctor says', () => {
  it('that the crawler has not run, or that the table is gone since', async () => {
    const before = linkOf(await diagnose(engine, pipeline), 'crawler', 'tally.found');
    assert.deepEqual([before.state, before.remedy], ['waiting', 'playhead crawl tally.found']);
    await runAlone('tally.found', 'crawler');
    assert.match(linkOf(await diagnose(engine, pipeline), 'crawler', 'tally.found').finding, /^1 table of .*; ran /);
    await (await engine.catalog()).dropTable('tally_dev', 'silver_shows');
    const gone = await diagnose(engine, pipeline);
    assert.deepEqual(
      [linkOf(gone, 'crawler', 'tally.found').finding, linkOf(gone, 'crawler', 'tally.found').remedy],
      ['tally_dev.silver_shows is no longer there', 'playhead crawl tally.found'],
    );
    assert.equal(linkOf(gone, 'catalog', 'tally.silver-shows').remedy, 'playhead rebuild');
    await applyDefinitions(engine);
    await runAlone('tally.silver', 'job');
  });
});

describe('access is denied: doctor says', () => {
  it('which workgroup’s results can’t be written', async () => {
    const lake = await engine.lake();
    const put: typeof lake.put = async (name, ...rest) => {
      if (name.startsWith('query-results/'))
        throw new PlayheadError('PH_ACCESS_REFUSED', 's3:PutObject is not allowed', { hint: 'give the right' });
      return lake.put(name, ...rest);
    };
    const refused = await diagnose({ ...engine, lake: async () => ({ ...lake, put }) }, pipeline);
    const link = linkOf(refused, 'workgroup', 'tally.tally-dev');
    assert.deepEqual([link.state, link.remedy], ['faulty', 'give the right']);
    assert.match(link.finding, /results can't be written to query-results\/: s3:PutObject is not allowed/);
    const tried = await diagnose(engine, pipeline);
    assert.equal(linkOf(tried, 'workgroup', 'tally.tally-dev').state, 'well');
    assert.deepEqual((await lake.list('query-results/')).objects, [], 'what it tries with is taken away');
  });
});

describe('the rate is limited: doctor says', () => {
  it('so, with what the API says, and asks once', async () => {
    fault = 'rate limit';
    const asked = stub.requests.length;
    const link = await source();
    fault = undefined;
    assert.match(link.finding, /answered 429 Too Many Requests \(status_code 25/);
    assert.match(link.remedy ?? '', /^wait 10\.0 s/);
    assert.equal(stub.requests.length, asked + 1);
    fault = 'rate limit of the day';
    assert.match((await source()).remedy ?? '', /^wait 15 min/);
    fault = undefined;
  });
});

describe('a function times out or lacks memory: doctor says', () => {
  it('how long runs took, and the most memory that one had', async () => {
    const diagnosis = await diagnose(engine, pipeline);
    assert.match(linkOf(diagnosis, 'job', 'tally.silver').finding, /; ran \S+ \S+ ago, in [\d.]+ m?s$/);
    assert.match(
      linkOf(diagnosis, 'metrics', 'tally metrics').finding,
      /most memory of a run today: [\d.]+ MiB, tally\./,
    );
  });

  it('that one is at work for far longer than the one before', async () => {
    await leaveRun('tally.silver', { outcome: 'succeeded', durationMs: 2000 });
    const end = await leaveRun('tally.silver', { outcome: 'running' });
    const warnings = async (): Promise<readonly string[]> =>
      (linkOf(await diagnose(engine, pipeline), 'job', 'tally.silver').warnings ?? []).map(({ finding }) => finding);
    assert.ok(!(await warnings()).some((each) => /at work/.test(each)));
    await clock.advance(12 * minuteMs);
    assert.ok((await warnings()).includes('at work for 12 min, where the run before took 2.00 s'));
    end();
  });
});

describe('the API changes: doctor says', () => {
  it('which field is of another type, and that nothing of it was published, until it is as it was', async () => {
    fault = 'a new type';
    await runAlone('tally.sync', 'source');
    fault = undefined;
    const link = await source();
    assert.deepEqual([link.state, link.remedy], ['faulty', 'playhead logs tally.sync']);
    assert.match(link.finding, /declared: airing_today: results\[\]\.vote_average is of a new type: expected/);
    await assert.rejects(runAlone('tally.silver', 'job'), /20 of \d+ records/);
    await runAlone('tally.sync', 'source');
    assert.equal((await source()).state, 'well');
  });
});

describe('a sync died between its pages: doctor says', () => {
  it('that the next run registers what it left behind', async () => {
    await landPages(engine, [{ list: 'airing_today', date: '2026-11-21', results: [] }]);
    const link = linkOf(await diagnose(engine, pipeline), 'catalog', 'tally.bronze');
    assert.deepEqual([link.state, link.remedy], ['faulty', 'playhead run tally.sync']);
    await runAlone('tally.sync', 'source');
    assert.equal(linkOf(await diagnose(engine, pipeline), 'catalog', 'tally.bronze').state, 'well');
  });
});

describe('nobody is told of alarms: doctor says', () => {
  it('that a name leads nowhere, or that its secret is not there', async () => {
    const told = async (notifiers: Profile['notifiers']): Promise<Link> => {
      const profile = { ...embeddedProfile, ...(notifiers === undefined ? {} : { notifiers }) };
      return linkOf(await answered(environment(), profile), 'notifier', 'tally-pipeline-alerts');
    };
    assert.equal((await told(undefined)).state, 'well');
    assert.match((await told({})).finding, /is bound to no backend/);
    const webhook = { backend: 'webhook', url: { env: 'ALERTS_URL' } } as const;
    assert.match((await told({ 'tally-pipeline-alerts': webhook })).finding, /ALERTS_URL is not set/);
  });
});
