import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { telemetry } from '../pipelines/acme/record.ts';
import { customers, titles } from '../pipelines/acme/reference-records.ts';
import type { Catalog } from '../src/catalog/catalog.ts';
import { type Duck, type DuckSession, sqlIdentifier, sqlString } from '../src/duck/duck.ts';
import type { ObjectStore } from '../src/lake/object-store.ts';
import { duckColumns, glueColumns } from '../src/record/columns.ts';
import type { RecordType } from '../src/record/type.ts';

const hours = 24;
const hourOf = (hour: number): string => String(hour).padStart(2, '0');

/** Of the event number i: the spread of a day, not its sessions. Columns that are not here get a number or a text of few. */
const eventColumns: Readonly<Record<string, string>> = {
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

/**
 * A day of `rows` curated events and the reference tables, in the lake and the catalog. An hour a file, `lanes` files at
 * once: DuckDB counts a range up in one thread, and its own division by partition keeps every hour open in memory.
 */
export async function makeTables(
  duck: Duck,
  catalog: Catalog,
  lake: ObjectStore,
  lakeFolder: string,
  rows: number,
  lanes: number,
): Promise<void> {
  const remaining = Array.from({ length: hours }, (_, hour) => hour);
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      await using session = await duck.connect();
      for (let hour = remaining.shift(); hour !== undefined; hour = remaining.shift())
        await writeHour(session, lakeFolder, rows, hour);
    }),
  );
  await using session = await duck.connect();
  await catalog.createDatabase('acme_streaming_data');
  await makeReference(session, catalog, lakeFolder, 'customers', customers, 100_000, "'CUST_'");
  await makeReference(session, catalog, lakeFolder, 'titles', titles, 10_000, "'TITLE_'");
  await register(catalog, lake);
}

async function writeHour(session: DuckSession, lakeFolder: string, rows: number, hour: number): Promise<void> {
  const columns = duckColumns(telemetry).map(({ name, type }) => {
    const value =
      eventColumns[name] ?? (type === 'VARCHAR' ? `${sqlString(`${name}-`)} || (i % 50)` : 'hash(i, 2) % 100');
    return `CAST(${value.replace('{rows}', String(rows))} AS ${type}) AS ${sqlIdentifier(name)}`;
  });
  const folder = join(lakeFolder, 'curated', 'year=2025', 'month=08', 'day=11', `hour=${hourOf(hour)}`);
  await mkdir(folder, { recursive: true });
  const [from, until] = [hour, hour + 1].map((end) => Math.ceil((end * rows) / hours));
  await session.run(
    `COPY (SELECT ${columns.join(', ')} FROM range(${from}, ${until}) t(i))
     TO ${sqlString(join(folder, '0.parquet'))} (FORMAT parquet, COMPRESSION snappy)`,
  );
}

async function makeReference(
  session: DuckSession,
  catalog: Catalog,
  lakeFolder: string,
  name: string,
  record: RecordType,
  count: number,
  prefix: string,
): Promise<void> {
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
  const table = { database: 'acme_streaming_data', name, columns: glueColumns(record), partitionKeys: [] };
  await catalog.putTable({ ...table, location: `${name}/`, format: 'parquet', parameters: {} }, 0);
}

/** Of any type but text: a number, or what a date and a truth value are made of. */
function numberOf(type: string): string {
  if (type === 'BOOLEAN') return 'i % 2 = 0';
  if (type === 'DATE' || type.startsWith('TIMESTAMP')) return "DATE '2025-01-01'";
  return /[[(]/.test(type) && !type.startsWith('DECIMAL') ? 'NULL' : 'i % 10';
}

async function register(catalog: Catalog, lake: ObjectStore): Promise<void> {
  const [database, name] = ['acme_telemetry', 'video_telemetry'];
  await catalog.createDatabase(database);
  const partitionKeys = ['year', 'month', 'day', 'hour'].map((key) => ({ name: key, type: 'int' }));
  const table = { database, name, columns: glueColumns(telemetry), partitionKeys, parameters: {} };
  await catalog.putTable({ ...table, location: 'curated/', format: 'parquet' }, 0);
  const { objects } = await lake.list('curated/');
  await catalog.registerCommit(database, name, {
    series: 'bench',
    number: 0,
    objects: objects.map(({ key, etag, sizeBytes }) => {
      const partition = [...key.matchAll(/=([^/]+)\//g)].map((match) => match[1] ?? '');
      return { key, etag, sizeBytes, rows: 0, partition, series: 'bench', commit: 0 };
    }),
    replaces: [],
  });
}
