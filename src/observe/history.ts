import type { Attributes } from '../base/meter.ts';
import { openSqlite, type Sqlite, type SqliteAccess, type SqliteRow } from '../base/sqlite.ts';
import { days, hours, minutes, seconds } from '../base/units.ts';
import { type Aggregate, merge } from './aggregate.ts';
import { attributesText, type RecordedSlot, slotMs } from './recorder.ts';

/** A series: an instrument and the attributes that tell it from its others. */
export interface SeriesKey {
  readonly instrument: string;
  readonly attributes: Attributes;
}

export interface SeriesSummary extends SeriesKey {
  /** Begin of the first and of the last slot that hold anything, ms since 1970 UTC. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What one period holds; undefined where nothing was measured in it. */
export type PeriodData = Aggregate | undefined;

/** What was measured, by slots of time, in one SQLite file that several processes share. Throws PH_STATE_CORRUPT, PH_STORAGE_*. */
export interface MetricHistory {
  write(slots: readonly RecordedSlot[]): void;
  /** `count` periods of `periodMs` that end at `endMs`, oldest first. Both are multiples of 10 s. */
  read(series: SeriesKey, endMs: number, periodMs: number, count: number): readonly PeriodData[];
  /** Series of this instrument whatever their attributes; of all where none is named. */
  series(instrument?: string): readonly SeriesSummary[];
  /** Rolls old slots up into longer ones and drops the oldest. */
  rollUp(nowMs: number): void;
  /** Takes out what a series holds of `fromMs` to `untilMs`: a rehearsal makes room in its copy. */
  forget(series: SeriesKey, fromMs: number, untilMs: number): void;
  /** Writes a copy of the whole history to a new file. */
  copyTo(file: string): void;
  close(): void;
}

/** How fine history is, by its age: CloudWatch's retention, where its 1 s has our 10 s. */
const resolutions = [
  { slot: slotMs, keptFor: hours(3) },
  { slot: seconds(60), keptFor: days(15) },
  { slot: minutes(5), keptFor: days(63) },
  { slot: hours(1), keptFor: days(455) },
] as const;

/** How long periods of this length are kept: what is older lies in longer slots, which fill one period and leave the next empty. */
export function keptFor(periodMs: number): number {
  const coarser = resolutions.findIndex(({ slot }) => periodMs % slot !== 0);
  return resolutions[coarser - 1]?.keptFor ?? resolutions[resolutions.length - 1]?.keptFor ?? 0;
}

const schema = {
  applicationId: 0x50484d45,
  holds: 'metrics',
  whenDamaged: 'Move metrics.sqlite aside: a new one is made. It holds the history of measurements only, no data.',
  migrations: [
    `CREATE TABLE series (
       id INTEGER PRIMARY KEY,
       instrument TEXT NOT NULL,
       attributes TEXT NOT NULL,
       UNIQUE (instrument, attributes)
     ) STRICT;
     CREATE TABLE slot (
       series INTEGER NOT NULL REFERENCES series (id),
       at_ms INTEGER NOT NULL,
       slot_ms INTEGER NOT NULL,
       count INTEGER NOT NULL,
       sum REAL NOT NULL,
       min REAL NOT NULL,
       max REAL NOT NULL,
       buckets TEXT NOT NULL,
       PRIMARY KEY (series, at_ms, slot_ms)
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX slot_by_age ON slot (slot_ms, at_ms);`,
  ],
} as const;

export function openHistory(file: string, access: SqliteAccess = 'write'): MetricHistory {
  const database = openSqlite(file, schema, access);
  return {
    write: (slots) => {
      if (slots.length === 0) return;
      database.write('derived', () => {
        for (const { instrument, attributes, atMs, aggregate } of slots)
          addSlot(database, seriesId(database, instrument, attributesText(attributes)), atMs, slotMs, aggregate);
      });
    },
    read: ({ instrument, attributes }, endMs, periodMs, count) => {
      const startMs = endMs - count * periodMs;
      const periods: PeriodData[] = Array.from({ length: count }, () => undefined);
      const sql = `SELECT slot.* FROM slot JOIN series ON series.id = slot.series
                   WHERE instrument = ? AND attributes = ? AND at_ms >= ? AND at_ms < ?`;
      for (const row of database.all(sql, instrument, attributesText(attributes), startMs, endMs)) {
        const period = Math.floor((Number(row['at_ms']) - startMs) / periodMs);
        const known = periods[period];
        periods[period] = known === undefined ? aggregateIn(row) : merge(known, aggregateIn(row));
      }
      return periods;
    },
    series: (instrument) =>
      database
        .all(
          `SELECT instrument, attributes, min(at_ms) AS first_ms, max(at_ms) AS last_ms
           FROM series JOIN slot ON slot.series = series.id
           WHERE ?1 IS NULL OR instrument = ?1 GROUP BY series.id ORDER BY instrument, attributes`,
          instrument ?? null,
        )
        .map((row) => ({
          instrument: String(row['instrument']),
          attributes: JSON.parse(String(row['attributes'])) as Attributes,
          firstMs: Number(row['first_ms']),
          lastMs: Number(row['last_ms']),
        })),
    rollUp: (nowMs) => database.write('derived', () => rollUp(database, nowMs)),
    forget: ({ instrument, attributes }, fromMs, untilMs) => {
      const series = seriesId(database, instrument, attributesText(attributes));
      database.run('DELETE FROM slot WHERE series = ? AND at_ms >= ? AND at_ms < ?', series, fromMs, untilMs);
    },
    copyTo: (copy) => {
      database.run('VACUUM INTO ?', copy);
    },
    close: () => database.close(),
  };
}

function seriesId(database: Sqlite, instrument: string, attributes: string): number {
  const find = 'SELECT id FROM series WHERE instrument = ? AND attributes = ?';
  const known = database.get(find, instrument, attributes);
  if (known !== undefined) return Number(known['id']);
  const made = database.get(
    'INSERT INTO series (instrument, attributes) VALUES (?, ?) RETURNING id',
    instrument,
    attributes,
  );
  return Number(made?.['id']);
}

/** Adds to what the slot holds: other processes measure the same series. */
function addSlot(database: Sqlite, series: number, atMs: number, length: number, added: Aggregate): void {
  const key = 'series = ? AND at_ms = ? AND slot_ms = ?';
  const row = database.get(`SELECT * FROM slot WHERE ${key}`, series, atMs, length);
  const { count, sum, min, max, buckets } = row === undefined ? added : merge(aggregateIn(row), added);
  database.run(
    'INSERT OR REPLACE INTO slot (series, at_ms, slot_ms, count, sum, min, max, buckets) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    series,
    atMs,
    length,
    count,
    sum,
    min,
    max,
    JSON.stringify([...buckets]),
  );
}

function rollUp(database: Sqlite, nowMs: number): void {
  for (const [i, { slot, keptFor }] of resolutions.entries()) {
    const next = resolutions[i + 1];
    // Up to a boundary of the next resolution: a slot of that one is made once, of everything that falls into it.
    const unit = next?.slot ?? slot;
    const before = Math.floor((nowMs - keptFor) / unit) * unit;
    const old = 'slot_ms = ? AND at_ms < ?';
    if (next !== undefined)
      for (const row of database.all(`SELECT * FROM slot WHERE ${old}`, slot, before)) {
        const atMs = Math.floor(Number(row['at_ms']) / next.slot) * next.slot;
        addSlot(database, Number(row['series']), atMs, next.slot, aggregateIn(row));
      }
    database.run(`DELETE FROM slot WHERE ${old}`, slot, before);
  }
}

// Written by this file alone, so that the columns' types are known.
function aggregateIn(row: SqliteRow): Aggregate {
  return {
    count: Number(row['count']),
    sum: Number(row['sum']),
    min: Number(row['min']),
    max: Number(row['max']),
    buckets: new Map(JSON.parse(String(row['buckets'])) as [number, number][]),
  };
}
