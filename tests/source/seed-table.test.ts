import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { table } from '../../src/catalog/definition.ts';
import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';
import { seedTable } from '../../src/source/definition.ts';
import { referenceRelations } from '../../src/source/reference-relations.ts';
import { type BoundSeedTable, runSeedTable } from '../../src/source/seed-table.ts';
import { openPorts, type Ports } from './ports.ts';

const target = table({
  database: 'reference',
  name: 'works',
  record: defineRecord('works', { fields: { id: field.string(), since: field.date(), n: field.bigint() } }),
  location: 'reference/works/',
  format: 'parquet',
});
const text = `SELECT 'W' || md5(concat_ws(':', $seed, i)) AS id, $as_of - CAST(i AS INT) AS since, i AS n
FROM range($rows) AS numbered(i)`;

function works(settings: { rows?: number; seed?: number; sql?: string } = {}): BoundSeedTable {
  const { rows = 100, seed = 1, sql = text } = settings;
  return {
    name: 'sample.make-works',
    definition: seedTable({ into: 'works', sql: { text: sql, path: 'works.sql' }, rows, seed, asOf: '2025-08-11' }),
    target,
  };
}

async function contents(ports: Ports): Promise<unknown[][]> {
  await using session = await ports.duck.connect();
  const { relation } = await referenceRelations({ relation: { table: target } }, ports.catalog, ports.store);
  const { rows } = await session.all(`SELECT id, CAST(since AS VARCHAR), n FROM ${relation} ORDER BY n`);
  return rows.map((row) => [...row]);
}

describe('seed table', () => {
  it('makes the table once; the same inputs find it there', async () => {
    await using ports = await openPorts();
    const first = await runSeedTable(works(), ports, testEffects());
    const second = await runSeedTable(works(), ports, testEffects());
    assert.deepEqual([first.made, first.rows, second.made, second.key], [true, 100, false, first.key]);
    const rows = await contents(ports);
    assert.equal(rows.length, 100);
    assert.deepEqual(rows[2]?.slice(1), ['2025-08-09', 2n]);
  });

  it('gives the same rows for the same seed, others for another, and replaces the table whole', async () => {
    await using ports = await openPorts();
    await runSeedTable(works(), ports, testEffects());
    const before = await contents(ports);
    const other = await runSeedTable(works({ seed: 2, rows: 50 }), ports, testEffects());
    assert.equal(other.made, true);
    const rows = await contents(ports);
    assert.equal(rows.length, 50);
    assert.notDeepEqual(rows[0], before[0]);
    await runSeedTable(works(), ports, testEffects());
    assert.deepEqual(await contents(ports), before);
  });

  for (const step of ['seed-table.planned', 'seed-table.object', 'seed-table.committed']) {
    it(`is finished by the next run when a run dies at ${step}, also when the definition was edited meanwhile`, async () => {
      for (const seed of [1, 2]) {
        await using ports = await openPorts();
        const dying = testEffects({
          reached: (at) => {
            if (at === step) throw new Error('killed');
          },
        });
        await assert.rejects(runSeedTable(works(), ports, dying), /killed/);
        const { rows } = await runSeedTable(works({ seed }), ports, testEffects());
        assert.equal(rows, 100);
        const found = await contents(ports);
        await using session = await ports.duck.connect();
        const first = await session.value(`SELECT 'W' || md5('${seed}:0')`);
        assert.deepEqual([found.length, found[0]?.[0]], [100, first]);
      }
    });
  }

  it('ends at a signal, and the next run makes the table', async () => {
    await using ports = await openPorts();
    const interrupt = new AbortController();
    const interrupted = testEffects({
      reached: (at) => {
        if (at === 'seed-table.planned') interrupt.abort();
      },
    });
    const { signal } = interrupt;
    await assert.rejects(runSeedTable(works(), { ...ports, signal }, interrupted), { name: 'AbortError' });
    const { rows, made } = await runSeedTable(works(), ports, testEffects());
    assert.deepEqual([rows, made], [100, true]);
  });

  it('refuses SQL with other columns than the table, naming them, and another number of rows', async () => {
    await using ports = await openPorts();
    await assert.rejects(
      runSeedTable(works({ sql: text.replace('i AS n', 'i AS m') }), ports, testEffects()),
      (error: unknown) =>
        isPlayheadError(error, 'PH_DEFINITION_INCOMPATIBLE') && /n BIGINT.*m BIGINT/.test(error.hint ?? ''),
    );
    await assert.rejects(runSeedTable(works({ sql: `${text} LIMIT 7` }), ports, testEffects()), (error: unknown) =>
      isPlayheadError(error, 'PH_DOES_NOT_ADD_UP'),
    );
  });

  it('a table that is not there is named with the command that makes it', async () => {
    await using ports = await openPorts();
    await assert.rejects(
      referenceRelations(
        {
          works: { table: target, madeBy: 'sample.make-works' },
          people: { table: { ...target, name: 'people' }, madeBy: 'sample.make-people' },
        },
        ports.catalog,
        ports.store,
      ),
      (error: unknown) => {
        assert.ok(isPlayheadError(error, 'PH_REFERENCE_MISSING'));
        assert.match(error.message, /reference\.works and reference\.people are not there/);
        assert.match(error.hint ?? '', /`playhead run sample\.make-works` and `playhead run sample\.make-people`/);
        return true;
      },
    );
  });
});
