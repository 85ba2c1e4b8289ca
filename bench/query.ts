import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { telemetry } from '../pipelines/acme/record.ts';
import { customers, titles } from '../pipelines/acme/reference-records.ts';
import { systemEffects } from '../src/base/effects.ts';
import type { Catalog } from '../src/catalog/catalog.ts';
import { openSqliteCatalog } from '../src/catalog/sqlite.ts';
import { type Duck, type DuckSession, openDuck, sqlIdentifier, sqlString, sqlStringList } from '../src/duck/duck.ts';
import { openFileStore } from '../src/lake/file.ts';
import type { ObjectStore } from '../src/lake/object-store.ts';
import { openQueries, type Queries } from '../src/query/queries.ts';
import { duckColumns, glueColumns } from '../src/record/columns.ts';
import type { RecordType } from '../src/record/type.ts';
import type { Figure } from './figure.ts';

const queryFolder = join(import.meta.dirname, '..', 'pipelines', 'acme', 'queries');
const partitionColumns = ['year', 'month', 'day', 'hour'];
const runs = 5;

/**
 * The ten ACME queries on `rows` curated events: our whole way (snapshot, pruning, bound, translation kept, types as
 * Athena's) against plain DuckDB on the same files, its SQL made by the SDK alone. Best of five runs each, in turns.
 */
export async function benchQueries(rows = 10_000_000): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'playhead-bench-query-'));
  const effects = systemEffects();
  await mkdir(join(directory, 'temporary'));
  const lake = await openFileStore(join(directory, 'lake'), effects);
  const catalog = await openSqliteCatalog(join(directory, 'catalog.sqlite'), effects);
  const duck = await openDuck({
    memoryBytes: 1024 ** 3,
    threads: availableParallelism(),
    temporaryDirectory: join(directory, 'temporary'),
  });
  try {
    const lakeFolder = join(directory, 'lake');
    await makeTables(duck, catalog, lakeFolder, lake, rows);
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
  const { transpile, Dialect } = await import('@polyglot-sql/sdk');
  await using plain = await duck.connect();
  await makePlainViews(plain, lakeFolder);
  const figures: Figure[] = [];
  const totals = { ours: 0, plain: 0 };
  for (const file of (await readdir(queryFolder)).sort()) {
    const sql = (await readFile(join(queryFolder, file), 'utf8')).replaceAll('video_telemetry_json', 'video_telemetry');
    // The one function that the SDK does not know.
    const plainSql = (transpile(sql, Dialect.Trino, Dialect.DuckDB).sql?.[0] ?? '').replaceAll(
      'APPROX_PERCENTILE',
      'approx_quantile',
    );
    const best = { ours: Number.POSITIVE_INFINITY, plain: Number.POSITIVE_INFINITY };
    for (let run = 0; run < runs; run += 1) {
      best.ours = Math.min(best.ours, await timed(() => drain(queries, sql)));
      best.plain = Math.min(best.plain, await timed(() => plain.all(plainSql)));
    }
    totals.ours += best.ours;
    totals.plain += best.plain;
    const name = `query ${file.replace('.sql', '')}, ${rows.toLocaleString('en-US')} events`;
    figures.push({ name, value: best.ours, unit: 'ms', better: 'lower' });
    figures.push({ name: `${name}, against DuckDB`, value: best.ours / best.plain, unit: '×', better: 'lower' });
  }
  const ratio = totals.ours / totals.plain;
  return [
    ...figures,
    { name: 'queries together, against DuckDB', value: ratio, unit: '×', better: 'lower', target: 1.1 },
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

async function drain(queries: Queries, sql: string): Promise<void> {
  for await (const _ of (await queries.run(sql)).pages);
}

/** Events by a formula of their number: the spread of a day, not its sessions. */
async function makeTables(
  duck: Duck,
  catalog: Catalog,
  lakeFolder: string,
  lake: ObjectStore,
  rows: number,
): Promise<void> {
  await using session = await duck.connect();
  const events: Readonly<Record<string, string>> = {
    event_id: "'EVENT_' || lpad(to_hex(i), 16, '0')",
    customer_id: "'CUST_' || lpad(to_hex(hash(i) % 100000), 8, '0')",
    title_id: "'TITLE_' || lpad(to_hex(CAST(pow(hash(i, 1) % 10000 / 100.0, 2) AS INTEGER)), 8, '0')",
    session_id: "'SESSION_' || lpad(to_hex(i // 7), 8, '0')",
    device_id: "'DEVICE_' || lpad(to_hex(hash(i) % 200000), 8, '0')",
    event_type: "['start', 'stop', 'complete', 'pause', 'resume'][1 + i % 5]",
    event_timestamp:
      "strftime(TIMESTAMP '2025-08-11' + to_microseconds(i * 86400000000 // {rows}), '%Y-%m-%dT%H:%M:%SZ')",
    device_type: "['mobile', 'web', 'tv', 'tablet'][1 + i % 4]",
    quality: "['SD', 'HD', '4K'][1 + i % 3]",
    country:
      "['United States', 'United Kingdom', 'Canada', 'Germany', 'France', 'Australia', 'Japan', 'Brazil'][1 + i % 8]",
    isp: "['Comcast', 'AT&T', 'Verizon', 'Spectrum', 'Cox'][1 + i % 5]",
  };
  const columns = duckColumns(telemetry).map(({ name, type }) => {
    const value = events[name] ?? (type === 'VARCHAR' ? `${sqlString(`${name}-`)} || (i % 50)` : 'hash(i, 2) % 100');
    return `CAST(${value.replace('{rows}', String(rows))} AS ${type}) AS ${sqlIdentifier(name)}`;
  });
  const folder = join(lakeFolder, 'curated');
  const time = `TIMESTAMP '2025-08-11' + to_microseconds(i * 86400000000 // ${rows})`;
  const partitions = `2025 AS year, '08' AS month, 11 AS day, strftime(${time}, '%H') AS hour`;
  await session.run(
    `COPY (SELECT ${columns.join(', ')}, ${partitions} FROM range(${rows}) t(i)) TO ${sqlString(folder)} (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (${partitionColumns.join(', ')}))`,
  );
  const references: readonly (readonly [string, RecordType, number, string])[] = [
    ['customers', customers, 100_000, "'CUST_'"],
    ['titles', titles, 10_000, "'TITLE_'"],
  ];
  await catalog.createDatabase('acme_streaming_data');
  for (const [name, record, count, prefix] of references) {
    const fields = duckColumns(record).map((column, i) => {
      const value =
        i === 0
          ? `${prefix} || lpad(to_hex(i), 8, '0')`
          : column.type === 'VARCHAR'
            ? `'v' || (i % 6)`
            : numberOf(column.type);
      return `CAST(${value} AS ${column.type}) AS ${sqlIdentifier(column.name)}`;
    });
    await mkdir(join(lakeFolder, name));
    await session.run(
      `COPY (SELECT ${fields.join(', ')} FROM range(${count}) t(i)) TO ${sqlString(join(lakeFolder, name, '0.parquet'))} (FORMAT parquet)`,
    );
    await catalog.putTable(
      {
        database: 'acme_streaming_data',
        name,
        columns: glueColumns(record),
        partitionKeys: [],
        location: `${name}/`,
        format: 'parquet',
        parameters: {},
      },
      0,
    );
  }
  await register(catalog, lake);
}

/** Of any type but text: a number, or what a date and a truth value are made of. */
function numberOf(type: string): string {
  if (type === 'BOOLEAN') return 'i % 2 = 0';
  if (type === 'DATE' || type.startsWith('TIMESTAMP')) return "DATE '2025-01-01'";
  return /[[(]/.test(type) && !type.startsWith('DECIMAL') ? 'NULL' : 'i % 10';
}

async function register(catalog: Catalog, lake: ObjectStore): Promise<void> {
  const table = { database: 'acme_telemetry', name: 'video_telemetry' };
  await catalog.createDatabase(table.database);
  const partitionKeys = partitionColumns.map((name) => ({ name, type: 'int' }));
  await catalog.putTable(
    {
      ...table,
      columns: glueColumns(telemetry),
      partitionKeys,
      location: 'curated/',
      format: 'parquet',
      parameters: {},
    },
    0,
  );
  const { objects } = await lake.list('curated/');
  await catalog.registerCommit(table.database, table.name, {
    series: 'bench',
    number: 0,
    objects: objects.map(({ key, etag, sizeBytes }) => {
      const partition = [...key.matchAll(/=([^/]+)\//g)].map((match) => match[1] ?? '');
      return { key, etag, sizeBytes, rows: 0, partition, series: 'bench', commit: 0 };
    }),
    replaces: [],
  });
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
