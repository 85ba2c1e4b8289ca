import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { SqlEngine, SqlValue } from '../../src/sql/engine.ts';

export interface SqlEngineFixture {
  open(): Promise<SqlEngine>;
  dispose(): Promise<void>;
  /** SELECTs in the engine's dialect. */
  readonly sql: {
    /** Column n (bigint) with 0 … count - 1, in order. */
    numbers(count: number): string;
    /** Runs for minutes. */
    readonly endless: string;
    /** Binds, and fails when it runs. */
    readonly failing: string;
  };
}

/** What every engine behind the SqlEngine port does. */
export function sqlEngineConformance(name: string, make: () => Promise<SqlEngineFixture>): void {
  describe(`the SqlEngine port: ${name}`, () => {
    let fixture: SqlEngineFixture;
    let engine: SqlEngine;
    beforeEach(async () => {
      fixture = await make();
      engine = await fixture.open();
    });
    afterEach(async () => {
      await engine.close();
      await fixture.dispose();
    });

    const all = async (id: string): Promise<(readonly SqlValue[])[]> => {
      const rows: (readonly SqlValue[])[] = [];
      let page = await engine.fetch(id);
      rows.push(...page.rows);
      while (page.next !== undefined) {
        page = await engine.fetch(id, page.next);
        rows.push(...page.rows);
      }
      return rows;
    };

    it('gives the columns and rows of a query that succeeded', async () => {
      const id = await engine.submit({
        sql: `SELECT n, 'x' AS t, NULL AS z FROM (${fixture.sql.numbers(2)}) AS s ORDER BY n`,
      });
      assert.equal((await engine.wait(id)).state, 'succeeded');
      const { columns, rows, next } = await engine.fetch(id);
      assert.deepEqual(columns.slice(0, 2), [
        { name: 'n', type: 'bigint' },
        { name: 't', type: 'string' },
      ]);
      assert.deepEqual(rows, [
        [0n, 'x', null],
        [1n, 'x', null],
      ]);
      assert.equal(next, undefined);
    });

    it('pages a long result in order, each row once', async () => {
      const id = await engine.submit({ sql: fixture.sql.numbers(10_000) });
      const rows = await all(id);
      assert.deepEqual(
        rows,
        Array.from({ length: 10_000 }, (_, n) => [BigInt(n)]),
      );
    });

    it('gives columns and no rows for an empty result', async () => {
      const id = await engine.submit({ sql: `SELECT n FROM (${fixture.sql.numbers(3)}) AS s WHERE n > 5` });
      const { columns, rows, next } = await engine.fetch(id);
      assert.deepEqual([columns.length, rows.length, next], [1, 0, undefined]);
    });

    it('runs several queries side by side, undisturbed by each other', async () => {
      const ids = await Promise.all([1, 2, 3].map((count) => engine.submit({ sql: fixture.sql.numbers(count) })));
      assert.deepEqual(await Promise.all(ids.map(async (id) => (await all(id)).length)), [1, 2, 3]);
      assert.equal(new Set(ids).size, 3);
    });

    it('says where a text is wrong', async () => {
      const broken = await engine.wait(await engine.submit({ sql: 'SELECT 1\nFRM x y' }));
      assert.deepEqual([broken.state, (broken.error as { code?: string }).code], ['failed', 'PH_SQL_SYNTAX']);
      const unbound = await engine.wait(
        await engine.submit({ sql: `SELECT\n  nope FROM (${fixture.sql.numbers(1)}) AS s` }),
      );
      const { code, details } = unbound.error as unknown as { code: string; details: Record<string, unknown> };
      assert.deepEqual([code, details['line'], details['column']], ['PH_SQL_INVALID', 2, 3]);
    });

    it('tells a failure in running by the status and by fetch', async () => {
      const id = await engine.submit({ sql: fixture.sql.failing });
      const status = await engine.wait(id);
      if (status.state === 'failed') assert.equal((status.error as { code?: string }).code, 'PH_SQL_FAILED');
      await assert.rejects(all(id), { code: 'PH_SQL_FAILED' });
    });

    it('stops a query that is cancelled, however often', async () => {
      const id = await engine.submit({ sql: fixture.sql.endless });
      assert.equal((await engine.poll(id)).state, 'running');
      await engine.cancel(id);
      await engine.cancel(id);
      assert.equal((await engine.wait(id)).state, 'cancelled');
      await assert.rejects(engine.fetch(id), { code: 'PH_INTERRUPTED' });
    });

    it('stops a query whose signal aborts', async () => {
      const stop = new AbortController();
      const id = await engine.submit({ sql: fixture.sql.endless });
      const ended = engine.wait(id, stop.signal);
      stop.abort();
      assert.equal((await ended).state, 'cancelled');
    });

    it('does not know the ids of others', async () => {
      await assert.rejects(engine.poll('nobody'), { code: 'PH_USAGE' });
    });

    it('closes while a query runs', async () => {
      await engine.submit({ sql: fixture.sql.endless });
      await engine.close();
    });
  });
}
