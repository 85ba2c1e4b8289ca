import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemEffects } from '../src/base/effects.ts';
import { openSqliteCatalog } from '../src/catalog/sqlite.ts';
import { type Duck, type DuckSession, openDuck, sqlString, sqlStringList } from '../src/duck/duck.ts';
import { openFileStore } from '../src/lake/file.ts';
import { openQueries, type Queries } from '../src/query/queries.ts';
import type { Figure } from './figure.ts';
import { makeTables } from './query-tables.ts';

const queryFolder = join(import.meta.dirname, '..', 'pipelines', 'acme', 'queries');
/** The best of a few: fewer where each takes long, and the machine's noise weighs less. */
const runsOf = (rows: number): number => (rows <= 2_000_000 ? 5 : rows <= 20_000_000 ? 3 : 2);

/**
 * The ten ACME queries on `rows` curated events: our whole way (snapshot, pruning, bound, translation kept, types as
 * Athena's) against plain DuckDB on the same files, its SQL made by the SDK alone. Best of several runs each, in turns.
 */
export async function benchQueries(rows = 10_000_000): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'playhead-bench-query-'));
  const effects = systemEffects();
  await mkdir(join(directory, 'temporary'));
  const lake = await openFileStore(join(directory, 'lake'), effects);
  const catalog = await openSqliteCatalog(join(directory, 'catalog.sqlite'), effects);
  const duck = await openDuck({
    // Exact counts of distinct sessions over 100 million events don't fit into the least, for either side.
    memoryBytes: (rows <= 20_000_000 ? 1 : 8) * 1024 ** 3,
    threads: availableParallelism(),
    temporaryDirectory: join(directory, 'temporary'),
  });
  try {
    const lakeFolder = join(directory, 'lake');
    await makeTables(duck, catalog, lake, lakeFolder, rows, availableParallelism());
    const queries = openQueries({ catalog, lake, duck }, {}, effects);
    const figures = await compare(duck, queries, lakeFolder, rows);
    await queries.close();
    return figures;
  } finally {
    await Promise.all([duck.close(), catalog.close(), lake.close()]);
    await rm(directory, { recursive: true });
  }
}

async function compare(duck: Duck, queries: Queries, lakeFolder: string, rows: number): Promise<Figure[]> {
  await using plain = await duck.connect();
  await makePlainViews(plain, lakeFolder);
  const figures: Figure[] = [];
  const events = `${rows.toLocaleString('en-US')} events`;
  const sums = { ours: nothing, plain: nothing };
  for (const file of (await readdir(queryFolder)).sort()) {
    const sql = (await readFile(join(queryFolder, file), 'utf8')).replaceAll('video_telemetry_json', 'video_telemetry');
    const plainSql = await translatedPlainly(file, sql);
    const best = { ours: endless, plain: endless };
    // Who comes second finds the files read already: they take turns at it.
    for (let run = 0; run < runsOf(rows); run += 1) {
      const sides = run % 2 === 0 ? (['plain', 'ours'] as const) : (['ours', 'plain'] as const);
      for (const side of sides) {
        const work = side === 'ours' ? () => drain(queries, sql) : () => plain.all(plainSql);
        best[side] = less(best[side], await costOf(work));
      }
    }
    sums.ours = sumOf(sums.ours, best.ours);
    sums.plain = sumOf(sums.plain, best.plain);
    const name = `query ${file.replace('.sql', '')}, ${events}`;
    const ratio = best.ours.wallMs / best.plain.wallMs;
    figures.push({ name, value: best.ours.wallMs, unit: 'ms', better: 'lower' });
    figures.push({ name: `${name}, against DuckDB`, value: ratio, unit: '×', better: 'lower' });
  }
  const together = (of: keyof Cost): number => sums.ours[of] / sums.plain[of];
  const name = `queries together, ${events}, against DuckDB`;
  return [
    ...figures,
    { name: `${name}, CPU time`, value: together('cpuMs'), unit: '×', better: 'lower' },
    { name, value: together('wallMs'), unit: '×', better: 'lower', target: 1.1 },
  ];
}

/** What the SDK alone makes of a query. */
async function translatedPlainly(file: string, sql: string): Promise<string> {
  const { transpile, Dialect } = await import('@polyglot-sql/sdk');
  const { success, sql: [translated] = [], error } = transpile(sql, Dialect.Trino, Dialect.DuckDB);
  if (!success || translated === undefined) throw new Error(`${file} is not translated: ${error}`);
  // The one function that the SDK does not know.
  return translated.replaceAll('APPROX_PERCENTILE', 'approx_quantile');
}

/** CPU time is of all threads, and what a machine that others use too leaves comparable. */
interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

const nothing: Cost = { wallMs: 0, cpuMs: 0 };
const endless: Cost = { wallMs: Number.POSITIVE_INFINITY, cpuMs: Number.POSITIVE_INFINITY };
const less = (a: Cost, b: Cost): Cost => ({
  wallMs: Math.min(a.wallMs, b.wallMs),
  cpuMs: Math.min(a.cpuMs, b.cpuMs),
});
const sumOf = (a: Cost, b: Cost): Cost => ({ wallMs: a.wallMs + b.wallMs, cpuMs: a.cpuMs + b.cpuMs });

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const startMs = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wallMs: performance.now() - startMs, cpuMs: (user + system) / 1000 };
}

async function drain(queries: Queries, sql: string): Promise<void> {
  for await (const _ of (await queries.run(sql)).pages);
}

async function makePlainViews(session: DuckSession, lakeFolder: string): Promise<void> {
  await session.run('CREATE SCHEMA acme_telemetry; CREATE SCHEMA acme_streaming_data');
  const files = sqlStringList([join(lakeFolder, 'curated', '**', '*.parquet')]);
  await session.run(
    `CREATE VIEW acme_telemetry.video_telemetry AS SELECT * FROM read_parquet(${files}, hive_partitioning = true)`,
  );
  for (const name of ['customers', 'titles'])
    await session.run(
      `CREATE VIEW acme_streaming_data.${name} AS SELECT * FROM read_parquet(${sqlString(join(lakeFolder, name, '0.parquet'))})`,
    );
}
