import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { manualClock, systemEffects } from '../../../src/base/effects.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { isSound, type RestLedger, restLedgers } from '../../../src/check/rest-ledger.ts';
import { byPartition, definePipeline, defineRecord, field, restSource, sqlJob, table } from '../../../src/index.ts';
import { readAll } from '../../../src/lake/object-store.ts';
import { accountOf } from '../../../src/ledger/account.ts';
import { applyDefinitions } from '../../../src/pipeline/apply/apply.ts';
import type { PipelineDefinition } from '../../../src/pipeline/definition.ts';
import { type Engine, openEngine } from '../../../src/pipeline/engine/bind.ts';
import { embeddedProfile } from '../../../src/pipeline/engine/profile.ts';
import { queriesOf } from '../../../src/pipeline/engine/queries.ts';
import { engineRunner } from '../../../src/pipeline/run/handlers.ts';
import { rowsOf } from '../../../src/testing/table-rows.ts';
import { erase } from './erasing.ts';

/** Too short to mean anybody where its field doesn't say so: in the tables that jobs make, it is told by the record's key. */
const person = '27';
const pages = [
  `{"page":1,"total":2,"users":[{"user_id":"U-1","plan":"basic"}, {"user_id":"${person}","plan":"basic"},{"user_id":"U-3" , "plan":"trial"}]}`,
  `{"page":2,"total":2,"users":[{"plan":"trial","user_id":"${person}"}]}`,
];

const user = { user_id: field.string(), plan: field.string() };
const daily = { database: 'people', partitions: { dt: 'string' } } as const;
const sqlText = (text: string) => ({ text, path: 'jobs/job.sql' });

function peopleFrom(baseUrl: string): PipelineDefinition {
  return definePipeline('people', {
    sources: {
      sync: restSource({
        baseUrl,
        endpoints: {
          users: {
            path: '/users',
            into: 'answers',
            records: 'users',
            pages: { by: 'number', parameter: 'page', number: 'page', total: 'total' },
            maxPages: 5,
          },
        },
        values: { dt: '{date}' },
        metadata: { taken: '{time}' },
      }),
    },
    tables: {
      answers: table({
        ...daily,
        name: 'answers',
        record: defineRecord('answer', {
          fields: {
            page: field.bigint(),
            total: field.bigint(),
            users: field.list(field.struct(user)),
            _metadata: field.struct({ taken: field.string() }),
          },
        }),
        location: 'bronze/users/',
        format: 'json',
      }),
      users: table({
        ...daily,
        name: 'users',
        record: defineRecord('user', { fields: { id: field.string(), plan: field.string() } }),
        location: 'silver/users/',
        format: 'parquet',
        layout: 'of-{dt}/',
      }),
      plans: table({
        ...daily,
        name: 'plans',
        record: defineRecord('plan', { fields: { plan: field.string(), users: field.bigint() } }),
        location: 'gold/plans/',
        format: 'parquet',
      }),
    },
    jobs: {
      refine: sqlJob({
        from: 'answers',
        into: 'users',
        each: { of: 'users' },
        sql: sqlText('SELECT user_id AS id, plan FROM people.answers'),
        incremental: byPartition(),
        unique: { key: ['user_id'], as: ['id'], keep: 'latest' },
      }),
      count: sqlJob({
        from: 'users',
        into: 'plans',
        sql: sqlText('SELECT plan, COUNT(*) AS users FROM people.users GROUP BY plan'),
        rows: 'aggregate',
      }),
    },
  });
}

describe('erasing a person from what an API answered', () => {
  let home: string;
  let server: Server;
  let pipeline: PipelineDefinition;
  let engine: Engine;
  let cutAt: string | undefined;
  const { signal } = new AbortController();
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'playhead-pages-'));
    server = createServer(({ url = '' }, answer) => {
      answer.end(pages[Number(new URL(url, 'http://api').searchParams.get('page') ?? 1) - 1]);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    pipeline = peopleFrom(`http://127.0.0.1:${address.port}`);
    const reached = (step: string): void => {
      if (step !== cutAt) return;
      cutAt = undefined;
      throw new Error('cut off');
    };
    const clock = manualClock(Date.UTC(2026, 10, 23));
    const effects = systemEffects({ clock, random: seededRandom(1), env: {}, reached });
    engine = openEngine({ pipelines: [pipeline], profile: embeddedProfile, home }, effects);
    await applyDefinitions(engine);
    const run = await engineRunner(engine);
    const command = { trigger: 'command' } as const;
    await run({ ...command, address: 'people.sync', kind: 'source', arguments: { execution: 'first' } }, signal);
    await run({ ...command, address: 'people.refine', kind: 'job', arguments: {} }, signal);
  });
  after(async () => {
    await engine.close();
    server.close();
    await rm(home, { recursive: true });
  });

  const ledgerNow = async (): Promise<RestLedger> => {
    const [ledger] = await restLedgers(engine, pipeline);
    return ledger ?? assert.fail();
  };
  const bronze = async (page: string): Promise<string> => {
    const { bytes } = await readAll(await engine.lake(), `bronze/users/dt=2026-11-23/${page}.json`);
    return Buffer.from(bytes).toString();
  };
  const rows = async (sql: string): Promise<unknown> => {
    const queries = await queriesOf(engine);
    const found = await rowsOf(queries, sql);
    await queries.close();
    return found.map((row) => Object.values(row).map(String));
  };
  const plans = 'SELECT plan, users FROM people.plans ORDER BY 1';

  it('refuses a field that neither a definition nor an answer has taught it, and changes nothing', async () => {
    await assert.rejects(erase(engine, 'usr_id', person), { code: 'PH_USAGE', hint: /Did you mean "user_id"\?/ });
    const catalog = await engine.catalog();
    const { version, ...entry } = (await catalog.table('people', 'answers')) ?? assert.fail();
    const learned = { name: 'owner', type: 'struct<nick_name:string>' };
    await catalog.putTable({ ...entry, columns: [...entry.columns, learned] }, version);
    await assert.rejects(erase(engine, 'nick_name', 'nobody-of-them'), { code: 'PH_PERSON_UNKNOWN' });
    await catalog.putTable(entry, version + 1);
  });

  it('refuses the name that a job has for the field, which nothing that comes later is held against', async () => {
    const refusal = { code: 'PH_USAGE', message: /^id is what people.refine calls user_id/, hint: /--key user_id=…/ };
    await assert.rejects(erase(engine, 'id', person), refusal);
    assert.match(await bronze('first'), new RegExp(`"user_id":"${person}"`));
  });

  it('takes their elements out of the answers, and their rows out of what was made of those, cut off or not', async () => {
    assert.deepEqual(await rows(plans), [
      ['basic', '1'],
      ['trial', '2'],
    ]);
    for (const step of ['erase.replaced', 'erase.commit-amended', 'erase.catalogued', 'erase.state']) {
      cutAt = step;
      await assert.rejects(erase(engine, 'user_id', person), /cut off/);
    }
    const { certificate } = await erase(engine, 'user_id', person);
    assert.deepEqual(certificate.verification.findings, []);
    const metadata = '"_metadata":{"taken":"2026-11-23T00:00:00.000Z"}';
    const kept = '{"user_id":"U-1","plan":"basic"},{"user_id":"U-3" , "plan":"trial"}';
    assert.equal(await bronze('first'), `{"page":1,"total":2,"users":[${kept}],${metadata}}`);
    assert.equal(await bronze('first-p2'), `{"page":2,"total":2,"users":[],${metadata}}`);
    assert.deepEqual(await rows('SELECT id, plan FROM people.users ORDER BY 1'), [
      ['U-1', 'basic'],
      ['U-3', 'trial'],
    ]);
    assert.deepEqual(await rows(plans), [
      ['basic', '1'],
      ['trial', '1'],
    ]);
  });

  it('counts them as erased, in an account that adds up', async () => {
    const ledger = await ledgerNow();
    const { account, paths } = ledger;
    assert.deepEqual([ledger.faults, isSound(ledger)], [[], true]);
    assert.deepEqual(
      account.endpoints.map(({ records, erased }) => [records, erased]),
      [[2, 2]],
    );
    const { produced, delivered, erased, deduplicated, missing, problems } = accountOf(paths[0] ?? assert.fail());
    assert.deepEqual([produced, delivered, erased, deduplicated, missing, problems], [4, 2, 2, 0, 0, []]);
  });

  it("takes the job's name for the field of one who is erased by their own", async () => {
    await assert.rejects(erase(engine, 'id', person), { code: 'PH_PERSON_UNKNOWN' });
  });

  it('takes nothing again under the same execution', async () => {
    const run = await engineRunner(engine);
    const again = { address: 'people.sync', kind: 'source', trigger: 'command', arguments: { execution: 'first' } };
    const output = await run(again as Parameters<typeof run>[0], signal);
    assert.equal((output as { records?: number }).records, 0);
    assert.equal((await ledgerNow()).account.endpoints[0]?.pages, 2);
  });

  it('takes nothing of them that the API still says, and counts that as erased', async () => {
    const run = await engineRunner(engine);
    await run(
      { address: 'people.sync', kind: 'source', trigger: 'command', arguments: { execution: 'later' } },
      signal,
    );
    await run({ address: 'people.refine', kind: 'job', trigger: 'command', arguments: {} }, signal);
    assert.deepEqual(
      [await bronze('later'), await bronze('later-p2')],
      [await bronze('first'), await bronze('first-p2')],
    );
    const { account, paths } = await ledgerNow();
    assert.deepEqual([account.endpoints[0]?.records, account.endpoints[0]?.erased], [4, 4]);
    const { produced, delivered, erased, deduplicated, problems } = accountOf(paths[0] ?? assert.fail());
    assert.deepEqual([produced, delivered, erased, deduplicated, problems], [8, 2, 4, 2, []]);
  });
});
