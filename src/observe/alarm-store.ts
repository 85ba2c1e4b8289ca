import { openSqlite, type Sqlite, type SqliteAccess, type SqliteRow } from '../base/sqlite.ts';
import type { AlarmState } from './judge-alarm.ts';
import { type NotificationQueue, notificationQueue } from './notification-queue.ts';
import type { AlarmNotification, ReportedState } from './notifier.ts';

/** Where an alarm stands. */
export interface AlarmRecord {
  /** Address. */
  readonly alarm: string;
  readonly state: ReportedState;
  /** The last of CloudWatch's states: what `ignore` keeps, and what an evaluation error hides. */
  readonly evaluated: AlarmState;
  /** Since when it is in its state, and when it was last looked at, ms since 1970 UTC. */
  readonly sinceMs: number;
  readonly evaluatedMs: number;
  readonly value?: number;
  readonly reason: string;
}

export interface Transition {
  readonly alarm: string;
  readonly atMs: number;
  readonly from: ReportedState;
  readonly to: ReportedState;
  readonly reason: string;
  readonly value?: number;
}

export interface Rehearsal {
  readonly alarm: string;
  readonly atMs: number;
  readonly passed: boolean;
  readonly finding: string;
}

/** A notification for one of the names that an alarm's actions list. */
export interface Addressee {
  readonly notifier: string;
  readonly notification: AlarmNotification;
}

/**
 * States of alarms, every change of them, and the notifications that follow: in one SQLite file apart from the measurements,
 * so that alarms can still say that those can't be read. Throws PH_STATE_CORRUPT and PH_STORAGE_*.
 */
export interface AlarmStore extends NotificationQueue {
  /** Undefined before the first evaluation. */
  state(alarm: string): AlarmRecord | undefined;
  /**
   * Keeps what an evaluation found; where the state changed, the transition and its notifications with it, all or nothing.
   * False where someone else evaluated the alarm since `before` was read: then nothing is kept.
   */
  keep(before: AlarmRecord | undefined, now: AlarmRecord, notifications: readonly Addressee[]): boolean;
  /** Newest first; of one alarm where it is named. */
  transitions(filter: { readonly alarm?: string; readonly limit: number }): readonly Transition[];
  keepRehearsal(rehearsal: Rehearsal): void;
  lastRehearsal(alarm: string): Rehearsal | undefined;
  close(): void;
}

const schema = {
  applicationId: 0x5048414c,
  holds: 'alarms',
  whenDamaged: 'Move alarms.sqlite aside: a new one is made, in which every alarm begins with INSUFFICIENT_DATA.',
  migrations: [
    `CREATE TABLE state (
       alarm TEXT PRIMARY KEY,
       state TEXT NOT NULL,
       evaluated TEXT NOT NULL,
       since_ms INTEGER NOT NULL,
       evaluated_ms INTEGER NOT NULL,
       value REAL,
       reason TEXT NOT NULL
     ) STRICT;
     CREATE TABLE transition (
       id INTEGER PRIMARY KEY,
       alarm TEXT NOT NULL,
       at_ms INTEGER NOT NULL,
       from_state TEXT NOT NULL,
       to_state TEXT NOT NULL,
       value REAL,
       reason TEXT NOT NULL
     ) STRICT;
     CREATE INDEX transition_of_alarm ON transition (alarm, id);
     CREATE TABLE notification (
       id INTEGER PRIMARY KEY,
       notifier TEXT NOT NULL,
       alarm TEXT NOT NULL,
       body TEXT NOT NULL,
       outcome TEXT NOT NULL DEFAULT 'pending',
       attempts INTEGER NOT NULL DEFAULT 0,
       due_ms INTEGER NOT NULL
     ) STRICT;
     CREATE INDEX notification_due ON notification (due_ms) WHERE outcome = 'pending';
     CREATE TABLE attempt (
       notification INTEGER NOT NULL REFERENCES notification (id),
       number INTEGER NOT NULL,
       at_ms INTEGER NOT NULL,
       error TEXT,
       PRIMARY KEY (notification, number)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE rehearsal (
       id INTEGER PRIMARY KEY,
       alarm TEXT NOT NULL,
       at_ms INTEGER NOT NULL,
       passed INTEGER NOT NULL,
       finding TEXT NOT NULL
     ) STRICT;
     CREATE INDEX rehearsal_of_alarm ON rehearsal (alarm, id);`,
  ],
} as const;

export function openAlarmStore(file: string, access: SqliteAccess = 'write'): AlarmStore {
  const database = openSqlite(file, schema, access);
  const queue = notificationQueue(database);
  const state: AlarmStore['state'] = (alarm) => {
    const row = database.get('SELECT * FROM state WHERE alarm = ?', alarm);
    return row === undefined ? undefined : recordOf(row);
  };
  return {
    ...queue,
    state,
    keep: (before, now, notifications) =>
      database.write('durable', () => {
        const found = state(now.alarm);
        if (found?.evaluatedMs !== before?.evaluatedMs || found?.state !== before?.state) return false;
        keepState(database, now);
        const from = before?.state ?? 'INSUFFICIENT_DATA';
        if (from === now.state) return true;
        const sql =
          'INSERT INTO transition (alarm, at_ms, from_state, to_state, value, reason) VALUES (?, ?, ?, ?, ?, ?)';
        database.run(sql, now.alarm, now.evaluatedMs, from, now.state, now.value ?? null, now.reason);
        for (const addressee of notifications) queue.enqueue(addressee);
        return true;
      }),
    transitions: ({ alarm, limit }) =>
      database
        .all('SELECT * FROM transition WHERE ?1 IS NULL OR alarm = ?1 ORDER BY id DESC LIMIT ?2', alarm ?? null, limit)
        .map(transitionOf),
    keepRehearsal: ({ alarm, atMs, passed, finding }) => {
      const sql = 'INSERT INTO rehearsal (alarm, at_ms, passed, finding) VALUES (?, ?, ?, ?)';
      database.run(sql, alarm, atMs, passed ? 1 : 0, finding);
    },
    lastRehearsal: (alarm) => {
      const row = database.get('SELECT * FROM rehearsal WHERE alarm = ? ORDER BY id DESC LIMIT 1', alarm);
      if (row === undefined) return undefined;
      return { alarm, atMs: Number(row['at_ms']), passed: row['passed'] === 1, finding: String(row['finding']) };
    },
    close: () => database.close(),
  };
}

function keepState(database: Sqlite, record: AlarmRecord): void {
  database.run(
    `INSERT OR REPLACE INTO state (alarm, state, evaluated, since_ms, evaluated_ms, value, reason)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    record.alarm,
    record.state,
    record.evaluated,
    record.sinceMs,
    record.evaluatedMs,
    record.value ?? null,
    record.reason,
  );
}

// The columns below are written by this file alone, so that their types are known.
function recordOf(row: SqliteRow): AlarmRecord {
  return {
    alarm: String(row['alarm']),
    state: row['state'] as ReportedState,
    evaluated: row['evaluated'] as AlarmState,
    sinceMs: Number(row['since_ms']),
    evaluatedMs: Number(row['evaluated_ms']),
    reason: String(row['reason']),
    ...(row['value'] === null ? {} : { value: Number(row['value']) }),
  };
}

function transitionOf(row: SqliteRow): Transition {
  return {
    alarm: String(row['alarm']),
    atMs: Number(row['at_ms']),
    from: row['from_state'] as ReportedState,
    to: row['to_state'] as ReportedState,
    reason: String(row['reason']),
    ...(row['value'] === null ? {} : { value: Number(row['value']) }),
  };
}
