import type { Effects, LogLevel } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { type FieldCipher, plainFields } from '../base/field-cipher.ts';
import { openSqlite, type Sqlite, type SqliteAccess, type SqliteRow } from '../base/sqlite.ts';
import { type Holder, isDead, thisProcess } from '../commit/holder.ts';

/** What can be run. */
export type RunKind = 'source' | 'delivery' | 'crawler' | 'job' | 'lifecycle';

/** `lost`: its process died without a word. */
export type RunOutcome = 'running' | 'succeeded' | 'failed' | 'interrupted' | 'lost';

/** Plain JSON: what a run was given and what it said at its end. */
export type RunData = Readonly<Record<string, unknown>>;

export interface RunError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

export interface Run {
  /** Rises with every run of this home. */
  readonly id: number;
  readonly address: string;
  readonly kind: RunKind;
  /** `command`, or the address of the schedule. */
  readonly trigger: string;
  readonly startedMs: number;
  readonly durationMs?: number;
  readonly outcome: RunOutcome;
  readonly input: RunData;
  readonly output?: RunData;
  readonly error?: RunError;
}

export interface RunLine {
  readonly id: number;
  readonly run: number;
  readonly address: string;
  readonly atMs: number;
  readonly level: LogLevel | 'error';
  readonly message: string;
  readonly fields: RunData;
}

/** What a run leaves behind at its end. */
export interface RunEnd {
  readonly outcome: Exclude<RunOutcome, 'running' | 'lost'>;
  readonly durationMs: number;
  readonly output?: RunData;
  readonly error?: RunError;
}

/** The record of every run, in one SQLite file that several processes share. Throws PH_STATE_CORRUPT and PH_STORAGE_*. */
export interface RunStore {
  start(run: Pick<Run, 'address' | 'kind' | 'trigger' | 'input'>): number;
  finish(run: number, end: RunEnd): void;
  /** Marks as lost what a dead process left running, as opening the store does. */
  markLost(): Promise<void>;
  log(run: number, level: LogLevel | 'error', message: string, fields?: RunData): void;
  /** Deletes what the runs of a pipeline logged before; the runs themselves stay. Returns how many lines; with `dryRun` they are only counted. */
  expireLines(pipeline: string, beforeMs: number, options?: { readonly dryRun?: boolean }): number;
  /** Newest first. */
  recent(filter?: { readonly address?: string; readonly limit?: number }): readonly Run[];
  /** The last run of each address that ever ran. */
  lastOfEach(): readonly Run[];
  /** Lines of runs of these addresses (all where absent) after line `after`, oldest first; without `after`, the newest ones. */
  lines(filter: {
    readonly addresses?: readonly string[];
    readonly after?: number;
    readonly limit: number;
  }): readonly RunLine[];
  close(): void;
}

const schema = {
  applicationId: 0x50485255,
  holds: 'runs',
  whenDamaged: 'Move runs.sqlite aside: a new one is made. It holds the history of runs only, no data.',
  migrations: [
    `CREATE TABLE run (
       id INTEGER PRIMARY KEY AUTOINCREMENT,
       address TEXT NOT NULL,
       kind TEXT NOT NULL,
       trigger TEXT NOT NULL,
       process TEXT NOT NULL,
       started_ms INTEGER NOT NULL,
       duration_ms INTEGER,
       outcome TEXT NOT NULL DEFAULT 'running',
       input TEXT NOT NULL,
       output TEXT,
       error TEXT
     ) STRICT;
     CREATE INDEX run_of_address ON run (address, id);
     CREATE INDEX run_running ON run (id) WHERE outcome = 'running';
     CREATE TABLE line (
       id INTEGER PRIMARY KEY AUTOINCREMENT,
       run INTEGER NOT NULL REFERENCES run (id),
       at_ms INTEGER NOT NULL,
       level TEXT NOT NULL,
       message TEXT NOT NULL,
       fields TEXT NOT NULL
     ) STRICT;
     CREATE INDEX line_of_run ON line (run, id);`,
  ],
} as const;

/**
 * Opens the store and, where it may write, marks as lost what a dead process left running. What a run was given, said and
 * failed with may quote records: it passes through `fields`.
 */
export async function openRuns(
  file: string,
  effects: Effects,
  access: SqliteAccess = 'write',
  fields: FieldCipher = plainFields,
): Promise<RunStore> {
  const sealed = (data: RunData): string => fields.seal(json(data));
  const database = openSqlite(file, schema, access);
  const process = JSON.stringify(await thisProcess('run', effects));
  if (access === 'write') await markLost(database, effects);
  return {
    start: (run) => {
      const sql = `INSERT INTO run (address, kind, trigger, process, started_ms, input)
                   VALUES (?, ?, ?, ?, ?, ?) RETURNING id`;
      const row = database.get(
        sql,
        run.address,
        run.kind,
        run.trigger,
        process,
        effects.clock.now(),
        sealed(run.input),
      );
      return Number(row?.['id']);
    },
    finish: (run, end) => {
      const changed = database.run(
        `UPDATE run SET outcome = ?, duration_ms = ?, output = ?, error = ? WHERE id = ? AND outcome = 'running'`,
        end.outcome,
        Math.round(end.durationMs),
        end.output === undefined ? null : sealed(end.output),
        end.error === undefined ? null : sealed({ ...end.error }),
        run,
      );
      if (changed !== 1) throw new PlayheadError('PH_INTERNAL', `run ${run} has ended already`);
    },
    log: (run, level, message, details = {}) => {
      const sql = 'INSERT INTO line (run, at_ms, level, message, fields) VALUES (?, ?, ?, ?, ?)';
      database.run(sql, run, effects.clock.now(), level, fields.seal(message), sealed(details));
    },
    markLost: () => markLost(database, effects),
    expireLines: (pipeline, beforeMs, { dryRun = false } = {}) => {
      // The addresses of a pipeline begin with its name and a point, and a slash comes right behind a point.
      const old = `FROM line WHERE at_ms < ? AND run IN (SELECT id FROM run WHERE address > ? AND address < ?)`;
      const values = [beforeMs, `${pipeline}.`, `${pipeline}/`] as const;
      return dryRun
        ? Number(database.get(`SELECT count(*) AS lines ${old}`, ...values)?.['lines'])
        : database.run(`DELETE ${old}`, ...values);
    },
    recent: ({ address, limit = 20 } = {}) =>
      database
        .all('SELECT * FROM run WHERE ?1 IS NULL OR address = ?1 ORDER BY id DESC LIMIT ?2', address ?? null, limit)
        .map((row) => runOf(row, fields)),
    lastOfEach: () =>
      database
        .all('SELECT * FROM run WHERE id IN (SELECT max(id) FROM run GROUP BY address)')
        .map((row) => runOf(row, fields)),
    lines: ({ addresses, after, limit }) => {
      const order = after === undefined ? 'DESC' : 'ASC';
      const sql = `SELECT line.*, run.address FROM line JOIN run ON run.id = line.run
                   WHERE (?1 IS NULL OR run.address IN (SELECT value FROM json_each(?1))) AND line.id > ?2 ORDER BY line.id ${order} LIMIT ?3`;
      const named = addresses === undefined ? null : JSON.stringify(addresses);
      const rows = database.all(sql, named, after ?? 0, limit).map((row) => lineOf(row, fields));
      return after === undefined ? rows.toReversed() : rows;
    },
    close: () => database.close(),
  };
}

async function markLost(database: Sqlite, effects: Effects): Promise<void> {
  for (const row of database.all(`SELECT id, process FROM run WHERE outcome = 'running'`)) {
    // Written by `openRuns` of the process that started the run.
    const holder = JSON.parse(String(row['process'])) as Holder;
    if (!(await isDead(holder, effects))) continue;
    database.run(
      `UPDATE run SET outcome = 'lost', error = ? WHERE id = ? AND outcome = 'running'`,
      json({ code: 'PH_INTERRUPTED', message: `process ${holder.pid} died during the run` }),
      Number(row['id']),
    );
  }
}

/** Positions and counts are often bigint, which JSON lacks: they are written as decimal strings. */
function json(data: RunData): string {
  return JSON.stringify(data, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

// The columns below are written by this file alone, so that their types are known.
function runOf(row: SqliteRow, fields: FieldCipher): Run {
  const parsed = (column: string): unknown => JSON.parse(fields.open(String(row[column])));
  return {
    id: Number(row['id']),
    address: String(row['address']),
    kind: row['kind'] as RunKind,
    trigger: String(row['trigger']),
    startedMs: Number(row['started_ms']),
    outcome: row['outcome'] as RunOutcome,
    input: parsed('input') as RunData,
    ...(row['duration_ms'] === null ? {} : { durationMs: Number(row['duration_ms']) }),
    ...(row['output'] === null ? {} : { output: parsed('output') as RunData }),
    ...(row['error'] === null ? {} : { error: parsed('error') as RunError }),
  };
}

function lineOf(row: SqliteRow, fields: FieldCipher): RunLine {
  return {
    id: Number(row['id']),
    run: Number(row['run']),
    address: String(row['address']),
    atMs: Number(row['at_ms']),
    level: row['level'] as RunLine['level'],
    message: fields.open(String(row['message'])),
    fields: JSON.parse(fields.open(String(row['fields']))) as RunData,
  };
}
