import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { testEffects } from '../../../src/base/effects.ts';
import { isPlayheadError } from '../../../src/base/errors.ts';
import { check, countOf, days, detector, hours, minutes, ratioOf, sqlJob } from '../../../src/index.ts';
import type { PipelineDefinition } from '../../../src/pipeline/definition.ts';
import { assertConditions } from '../../../src/pipeline/validate/conditions.ts';
import { shop, shopSections } from '../shop.ts';

const effects = testEffects();

function conditioned(predicate: string, over: string): PipelineDefinition {
  const job = { from: 'landing', into: 'curated', sql: { text: 'SELECT * FROM shop.orders_json', path: 'curate.sql' } };
  const checks = [check.notNull('order_id'), check.row('sound', 'amount > 0'), check.row('paid', predicate)];
  const large = detector({
    table: 'landing',
    time: 'placed_at',
    step: minutes(10),
    windows: [hours(1)],
    learn: days(7),
    warmUp: days(2),
    dimensions: {},
    measures: { orders: countOf('month > 1'), large: ratioOf({ of: 'amount > 100', over }) },
  });
  return shop({ jobs: { ...shopSections.jobs, curate: sqlJob({ ...job, checks }) }, detectors: { large } });
}

describe('conditions of definitions', () => {
  let home: string;
  before(() => {
    home = mkdtempSync(join(tmpdir(), 'playhead-conditions-'));
  });
  after(() => rmSync(home, { recursive: true }));
  const look = (pipeline: PipelineDefinition, at = home): Promise<void> =>
    assertConditions([pipeline], new Map([['shop', 'pipelines/shop.ts']]), join(at, 'cache'), effects);

  it('are looked into at load: each that is wrong is named, with its file and path', async () => {
    await assert.rejects(look(conditioned('amuont > 0', 'order_ids IS NOT NULL')), (error) => {
      assert.ok(isPlayheadError(error, 'PH_CONFIG_INVALID'));
      assert.match(error.message, /^2 problems in the definitions\npipelines\/shop\.ts\n/);
      assert.match(error.message, /shop: jobs\.curate\.checks\[2\]\.predicate: .*no field "amuont"\. .*"amount"/);
      assert.match(
        error.message,
        /shop: detectors\.large\.measures\.large\.over: .*no field "order_ids"\. .*"order_id"/,
      );
      return true;
    });
    await assert.rejects(look(conditioned('amount >', 'amount > 0')), /checks\[2\]\.predicate: /);
    await assert.rejects(
      look(conditioned('amount > (SELECT max(amount) FROM shop.orders)', 'amount > 0')),
      /a condition over one record/,
    );
  });

  it('and patterns are tried by what will match by them: RE2, whatever JavaScript says', async () => {
    const matching = (...patterns: readonly string[]): PipelineDefinition => {
      const checks = patterns.map((pattern, i) => check.pattern('order_id', pattern, { name: `pattern_${i}` }));
      const steps = check.group(
        'steps',
        { by: ['order_id'], orderBy: ['placed_at'], sequence: { field: 'order_id', pattern: patterns[0] ?? '' } },
        { severity: 'warn' },
      );
      const job = {
        from: 'landing',
        into: 'curated',
        sql: { text: 'SELECT * FROM shop.orders_json', path: 'curate.sql' },
      };
      return shop({ jobs: { ...shopSections.jobs, curate: sqlJob({ ...job, checks: [...checks, steps] }) } });
    };
    await look(matching('(?i)^o[0-9]+$', '^(?P<letter>o)', String.raw`\pL`), join(home, 'nowhere'));
    await assert.rejects(look(matching('^a{0,2000}$', String.raw`\u0041`, '(?=K)', '[K', 'sound')), (error) => {
      assert.ok(isPlayheadError(error, 'PH_CONFIG_INVALID'));
      assert.match(error.message, /^5 problems in the definitions\npipelines\/shop\.ts\n/);
      assert.match(error.message, /jobs\.curate\.checks\[0\]\.pattern: \^a\{0,2000\}\$: .*repetition size/);
      assert.match(error.message, /jobs\.curate\.checks\[5\]\.sequence\.pattern: \^a/);
      return true;
    });
  });

  it('that are sound are remembered by their text, in a home that is there', async () => {
    const sound = conditioned('amount > 1', 'amount > 0');
    await look(sound, join(home, 'nowhere'));
    assert.deepEqual(readdirSync(home), [], 'to look makes no home, and what is wrong is never remembered');
    await look(sound);
    await look(sound);
    assert.equal(readdirSync(join(home, 'cache')).length, 1);
    await look(conditioned('amount > 2', 'amount > 0'));
    assert.equal(readdirSync(join(home, 'cache')).length, 2);
  });
});
