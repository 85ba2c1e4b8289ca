import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acmeDetectors } from '../../../pipelines/acme/detectors.ts';
import { acme } from '../../../pipelines/acme/index.ts';
import { type DuckSession, openDuck, sqlString } from '../../../src/duck/duck.ts';
import { cellsSql, type TimeRange } from '../../../src/insight/cells-sql.ts';
import type { SessionsSource } from '../../../src/source/definition.ts';
import { readReference } from '../../../src/source/read-reference.ts';
import { seedSql } from '../../../src/source/seed-table.ts';
import type { Incident } from '../../../src/source/sessions/incidents.ts';
import { SessionSource, slotMs } from '../../../src/source/sessions/session-source.ts';
import { macroStatements } from '../../../src/sql/duckdb/macros/registry.ts';
import { translate } from '../../../src/sql/translate.ts';

export interface SimulatedViewing {
  readonly seed: number;
  /** Whole days, UTC. */
  readonly fromMs: number;
  readonly days: number;
  readonly customers: number;
  readonly eventsPerDay: number;
  readonly incidents: readonly Incident[];
}

const hourMs = 3_600_000;
/** Events that lie on the disk at once, about; in whole hours. */
const chunkEvents = 250_000;

/**
 * Simulates viewing and writes what ACME's detector sees of it to a Parquet file: its own SQL, translated as every query
 * is, over the records as they come from the simulator. The lake alone is left out. Resolves with the number of events.
 */
export async function simulateCells(viewing: SimulatedViewing, path: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'playhead-anomalies-'));
  await mkdir(join(folder, 'duck'));
  const duck = await openDuck({
    memoryBytes: 512 * 1024 ** 2,
    threads: 1,
    temporaryDirectory: join(folder, 'duck'),
  });
  try {
    await using session = await duck.connect();
    const source = await viewersOf(session, viewing);
    const spooled = join(folder, 'records.ndjson');
    const toMs = viewing.fromMs + viewing.days * 24 * hourMs;
    const aggregate = await prepareCells(session, spooled, { fromMs: viewing.fromMs, toMs });
    const chunkMs = Math.max(1, Math.min(24, Math.floor((24 * chunkEvents) / viewing.eventsPerDay))) * hourMs;
    let events = 0;
    for (let fromMs = viewing.fromMs; fromMs < toMs; fromMs += chunkMs) {
      events += await spool(source, { fromMs, toMs: Math.min(toMs, fromMs + chunkMs) }, spooled);
      await session.run(aggregate);
    }
    await session.run(`COPY cells TO ${sqlString(path)} (FORMAT parquet)`);
    return events;
  } finally {
    await duck.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function spool(source: SessionSource, { fromMs, toMs }: TimeRange, path: string): Promise<number> {
  const parts: Uint8Array[] = [];
  let events = 0;
  for (let slot = fromMs; slot < toMs; slot += slotMs) {
    for (const { batch } of source.slot(slot)) {
      parts.push(batch.values.slice(0, batch.valueEnds[batch.count - 1] ?? 0));
      events += batch.count;
    }
  }
  await writeFile(path, parts);
  return events;
}

const detector = acmeDetectors.viewing;
const columns = {
  event_timestamp: 'TIMESTAMPTZ',
  event_type: 'VARCHAR',
  error_count: 'BIGINT',
  buffering_events: 'BIGINT',
  ...Object.fromEntries(Object.values(detector.dimensions).map((column) => [column, 'VARCHAR'])),
};

/** Makes the table `cells`, empty, and the view that stands for ACME's curated table. Returns what fills it. */
async function prepareCells(session: DuckSession, path: string, range: TimeRange): Promise<string> {
  const table = { database: 'acme_telemetry', name: 'video_telemetry', partitions: {} };
  const { sql, tables, macros } = await translate(cellsSql(detector, table, range), { from: 'athena', to: 'duckdb' });
  const read = Object.entries(columns).map(([name, type]) => `${name}: '${type}'`);
  for (const statement of macroStatements(macros, 'database')) await session.run(statement);
  await writeFile(path, '');
  await session.run(`CREATE VIEW ${tables[0]?.identifier} AS SELECT *, event_timestamp AS event_time
    FROM read_json(${sqlString(path)}, format = 'newline_delimited', columns = {${read.join(', ')}})`);
  await session.run(`CREATE TABLE cells AS ${sql}`);
  return `INSERT INTO cells ${sql}`;
}

async function viewersOf(session: DuckSession, viewing: SimulatedViewing): Promise<SessionSource> {
  const { customers, eventsPerDay, seed, incidents } = viewing;
  const found = acme.sources['viewers'];
  if (found?.source !== 'sessions') throw new Error('acme.viewers simulates no sessions');
  // Fields that the detector doesn't read cost time and change nothing that it sees.
  const wanted = Object.keys(columns);
  const fields = Object.fromEntries(Object.entries(found.fields).filter(([name]) => wanted.includes(name)));
  const definition: SessionsSource = { ...found, eventsPerDay, seed, fields };
  const relation = (name: string, rows?: number): string => {
    const source = acme.sources[name];
    if (source?.source !== 'seed-table') throw new Error(`acme.${name} makes no table`);
    return `(${seedSql({ ...source, rows: rows ?? source.rows })})`;
  };
  const reference = await readReference(session, definition, {
    viewers: relation('make-customers', customers),
    titles: relation('make-titles', 1000),
  });
  return new SessionSource({ address: 'acme.viewers', definition, injection: { incidents } }, reference);
}
