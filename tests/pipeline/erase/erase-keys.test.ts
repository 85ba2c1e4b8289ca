import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, describe, it } from 'node:test';
import { systemEffects } from '../../../src/base/effects.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { type Flow, openFlow } from '../../../src/check/chaos/flow.ts';
import { pathFigures } from '../../../src/check/path-figures.ts';
import { certificateJson } from '../../../src/govern/erase/certificate.ts';
import { defineRecord, field } from '../../../src/index.ts';
import { accountOf } from '../../../src/ledger/account.ts';
import { readApplied } from '../../../src/pipeline/apply/apply.ts';
import { planChanges } from '../../../src/pipeline/apply/plan.ts';
import type { PipelineDefinition } from '../../../src/pipeline/definition.ts';
import { type Engine, openEngine } from '../../../src/pipeline/engine/bind.ts';
import { embeddedProfile } from '../../../src/pipeline/engine/profile.ts';
import { queriesOf } from '../../../src/pipeline/engine/queries.ts';
import { produceNdjson } from '../../../src/source/ndjson.ts';
import { erase, type PeoplePipeline, peoplePipeline } from './erasing.ts';

/** Delivers into a folder for each user. */
const shopSettings: PeoplePipeline = {
  name: 'shop',
  record: defineRecord('order', {
    fields: {
      order_id: field.string(),
      user_id: field.string(),
      amount: field.int(),
      note: field.optional(field.string()),
    },
  }),
  key: 'order_id',
  sql: 'SELECT order_id, user_id, amount, note FROM shop.landed',
  delivery: { prefix: 'landing/user_id=!{partitionKeyFromQuery:user}/', partitionKeys: { user: '.user_id' } },
};
const shop = peoplePipeline(shopSettings);

const records = [
  { order_id: 'a', user_id: '12', amount: 1 },
  { order_id: 'b', user_id: '12', amount: 12, note: 'twice' },
  { order_id: 'c', user_id: '120', amount: 12 },
  { order_id: 'd', user_id: '12-a', amount: 12 },
  { order_id: 'e', user_id: '12 b', amount: 12 },
  { order_id: '12', user_id: '7', amount: 12, note: 'user_id=12 asked' },
  { order_id: 'f', user_id: 'U-2718281828', amount: 3 },
];

for (const [user, theirs] of [
  ['12', ['a', 'b']],
  ['U-2718281828', ['f']],
] as const) {
  describe(`erasing user ${user}, whose objects lie in a folder of their own`, () => {
    const homes: string[] = [];
    after(async () => {
      for (const home of homes) await rm(home, { recursive: true, force: true });
    });

    it('renames the folder, touches nobody else, and the account adds up', async () => {
      const home = await mkdtemp(join(tmpdir(), 'playhead-keys-'));
      homes.push(home);
      const settings = { pipelines: [shop], pipeline: 'shop', profile: embeddedProfile };
      const flow = await openFlow(settings, home, systemEffects({ random: seededRandom(1) }));
      const { engine } = flow;
      await send(flow, records);
      const { certificate } = await erase(engine, 'user_id', user);
      assert.deepEqual(certificate.verification.findings, []);
      assert.ok(!/user_id=(12|U-2718281828)\b/.test(JSON.stringify(certificateJson(certificate))));
      assert.deepEqual(await accountNow(engine), [theirs.length, 0, []]);
      for (const name of await readdir(join(home, 'lake'), { recursive: true }))
        assert.ok(!name.split('/').includes(`user_id=${user}`), name);
      const more = [
        { order_id: 'g', user_id: '8', amount: 1 },
        { order_id: 'h', user_id: user, amount: 1 },
      ];
      await send(flow, more);
      assert.deepEqual(await accountNow(engine), [theirs.length + 1, 0, []]);
      const others = records.map(({ order_id }) => order_id).filter((id) => !theirs.some((own) => own === id));
      for (const name of ['shop.curated', 'shop.landed'])
        assert.deepEqual(await ordersIn(engine, name), [...others, 'g'].sort(), name);
      await flow.close();
    });
  });
}

describe('an erasure that is cut off while it renames', () => {
  for (const step of ['erase.moved', 'erase.commit-amended', 'erase.catalogued'])
    it(`is finished by the next one, cut off at ${step}`, async () => {
      const home = await mkdtemp(join(tmpdir(), 'playhead-keys-'));
      const settings = { pipelines: [shop], pipeline: 'shop', profile: embeddedProfile };
      const reached = (at: string): void => {
        if (at === step) throw new Error('cut off');
      };
      const cut = await openFlow(settings, home, systemEffects({ random: seededRandom(1), reached }));
      await send(cut, records);
      await assert.rejects(erase(cut.engine, 'user_id', '12'), /cut off/);
      await cut.close();
      const flow = await openFlow(settings, home, systemEffects({ random: seededRandom(2) }));
      const { certificate } = await erase(flow.engine, 'user_id', '12');
      assert.deepEqual(certificate.verification.findings, []);
      assert.deepEqual(await accountNow(flow.engine), [2, 0, []]);
      await flow.close();
      await rm(home, { recursive: true });
    });
});

describe('erasing in a home that holds little', () => {
  const person = 'U-2718281828';
  const engineAt = (home: string): Engine =>
    openEngine({ pipelines: [shop], profile: embeddedProfile, home }, systemEffects({ random: seededRandom(1) }));

  it('knows nobody where there is no home, and makes none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'playhead-keys-'));
    const engine = engineAt(join(folder, 'home'));
    await assert.rejects(erase(engine, 'user_id', person), { code: 'PH_PERSON_UNKNOWN' });
    await engine.close();
    assert.deepEqual(await readdir(folder), []);
    await rm(folder, { recursive: true });
  });

  it('erases from the log where nothing was ever applied', async () => {
    const home = await mkdtemp(join(tmpdir(), 'playhead-keys-'));
    const engine = engineAt(home);
    const { topic, partitions, retentionMs, cleanup } = shop.streams['events'] ?? assert.fail();
    await (await engine.stream()).ensureTopic({ topic, partitions, retentionMs, cleanup });
    await produce(engine, records);
    const { certificate } = await erase(engine, 'user_id', person);
    assert.deepEqual(certificate.verification.findings, []);
    assert.deepEqual(
      (await readdir(join(home, 'lake'), { recursive: true })).filter((name) => /begun/.test(name)),
      [],
    );
    await engine.close();
    await rm(home, { recursive: true });
  });
});

describe('erasing somebody whom a definition names', () => {
  const person = 'U-2718281828';
  const withUsers = (users: readonly string[]): PipelineDefinition => {
    const { fields } = shopSettings.record;
    const record = defineRecord('order', { fields: { ...fields, user_id: field.string({ oneOf: users }) } });
    return peoplePipeline({ ...shopSettings, record });
  };

  it('is refused with the place, and once that is mended leaves a home that opens and needs nothing applied', async () => {
    const home = await mkdtemp(join(tmpdir(), 'playhead-keys-'));
    const effects = systemEffects({ random: seededRandom(1) });
    const settings = { pipeline: 'shop', profile: embeddedProfile };
    const named = await openFlow({ ...settings, pipelines: [withUsers([person, '7', '12'])] }, home, effects);
    await send(named, records);
    const applied = await readFile(named.engine.home.appliedFile, 'utf8');
    await assert.rejects(erase(named.engine, 'user_id', person), {
      code: 'PH_PERSON_DEFINED',
      message: /^shop\.events: record\.fields\.user_id\.oneOf$/m,
    });
    await assert.rejects(erase(named.engine, 'user_id', '12'), { code: 'PH_PERSON_DEFINED' });
    assert.equal(await readFile(named.engine.home.appliedFile, 'utf8'), applied);
    assert.ok(!(await readdir(home)).includes('erased.json'));
    await named.close();
    const mended = withUsers(['7', '12']);
    // Opened as a command does: nothing is applied before there is something to write.
    const engine = openEngine({ pipelines: [mended], profile: embeddedProfile, home }, effects);
    const { certificate } = await erase(engine, 'user_id', person);
    assert.deepEqual(certificate.verification.findings, []);
    assert.deepEqual(planChanges(await readApplied(engine), [mended]), []);
    // Others' records were set aside with the set's values as the reason: that makes them nobody else's.
    assert.deepEqual(await accountNow(engine), [1, 0, []]);
    await engine.close();
    await rm(home, { recursive: true });
  });
});

async function send(flow: Flow, rows: readonly object[]): Promise<void> {
  await produce(flow.engine, rows);
  await flow.deliver();
  await flow.jobs();
}

async function produce(engine: Engine, rows: readonly object[]): Promise<void> {
  const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const settings = { topic: 'events', keyField: 'order_id' };
  await produceNdjson(Readable.from([Buffer.from(lines)]), await engine.stream(), settings, () => {}, engine.effects);
}

async function accountNow(engine: Engine): Promise<unknown> {
  const [account] = (await pathFigures(engine, shop)).map(accountOf);
  return [account?.erased, account?.missing, account?.problems];
}

async function ordersIn(engine: Engine, table: string): Promise<readonly string[]> {
  const queries = await queriesOf(engine);
  const found: string[] = [];
  for await (const page of (await queries.run(`SELECT order_id FROM ${table}`)).pages)
    found.push(...page.map(([id]) => String(id)));
  await queries.close();
  return found.sort();
}
