import type { Effects } from '../../src/base/effects.ts';
import { testEffects } from '../../src/base/effects.ts';
import { pathFigures } from '../../src/check/path-figures.ts';
import { type Account, accountOf } from '../../src/ledger/account.ts';
import { openEngine } from '../../src/pipeline/engine/bind.ts';
import { embeddedProfile } from '../../src/pipeline/engine/profile.ts';
import { queriesOf } from '../../src/pipeline/engine/queries.ts';
import { engineRunner } from '../../src/pipeline/run/handlers.ts';
import { produceRecords } from '../../src/testing/produce-records.ts';
import { plays } from '../pipeline/plays-pipeline.ts';

const { signal } = new AbortController();
const profile = { ...embeddedProfile, engine: { backend: 'duckdb', threads: 1 } } as const;

/** A home with the pipeline of plays, as one process has it open. */
export function openHome(home: string, overrides: Partial<Effects> = {}) {
  const pipeline = plays();
  const engine = openEngine({ pipelines: [pipeline], profile, home }, testEffects(overrides));
  const run = async (name: string, kind: 'delivery' | 'job'): Promise<void> => {
    const runner = await engineRunner(engine);
    await runner({ address: `media.${name}`, kind, trigger: 'test', arguments: {} }, signal);
  };
  return {
    engine,
    /** The first `count` records of one source: those that the log has are not taken again. */
    produce: async (count: number, hour?: number): Promise<number> => {
      // Later records are of later hours, and their partitions are new, unless an hour is given.
      const at = (i: number): string => new Date(Date.UTC(2025, 7, 11, hour ?? Math.floor(i / 3))).toISOString();
      const records = Array.from({ length: count }, (_, i) => ({ id: `p${i}`, at: at(i) }));
      return (await produceRecords(engine, 'plays', records, { source: 'feed' })).logged;
    },
    deliver: () => run('deliver', 'delivery'),
    /** And what is copied from there. */
    curate: () => run('curate', 'job'),
    ledger: async (): Promise<readonly Account[]> => (await pathFigures(engine, pipeline)).map(accountOf),
    ask: async (sql: string): Promise<readonly unknown[]> => {
      const queries = await queriesOf(engine);
      const rows: unknown[] = [];
      for await (const page of (await queries.run(sql, {})).pages) rows.push(...page);
      await queries.close();
      return rows;
    },
    close: () => engine.close(),
  };
}

type OpenedHome = ReturnType<typeof openHome>;

/** Closed in the end. */
export async function withHome<T>(
  home: string,
  work: (opened: OpenedHome) => Promise<T>,
  overrides: Partial<Effects> = {},
) {
  const opened = openHome(home, overrides);
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}
