import type { Sqlite, SqliteRow } from '../base/sqlite.ts';
import type { AlarmNotification } from './notifier.ts';

/** `failed`: no further attempt is made. */
export type NotificationOutcome = 'pending' | 'sent' | 'failed';

export interface QueuedNotification {
  readonly id: number;
  readonly notifier: string;
  readonly notification: AlarmNotification;
  readonly outcome: NotificationOutcome;
  readonly attempts: number;
  /** When the next attempt is due; while one is under way, when it counts as dead. */
  readonly dueMs: number;
}

export interface Attempt {
  readonly number: number;
  readonly atMs: number;
  /** Absent where the notification was taken. */
  readonly error?: string;
}

/** Notifications on their way, kept until they are taken or given up: a process that dies between leaves none behind. */
export interface NotificationQueue {
  enqueue(addressee: { readonly notifier: string; readonly notification: AlarmNotification }): number;
  pending(): readonly QueuedNotification[];
  /** Takes one up until `untilMs`; false where another process has. */
  claim(queued: QueuedNotification, untilMs: number): boolean;
  /** Records an attempt and what follows from it: when the next one is due, or the end. */
  attempted(queued: QueuedNotification, attempt: Attempt, next: { readonly dueMs: number } | 'sent' | 'failed'): void;
  /** Newest first; of one alarm where it is named. */
  notifications(filter: {
    readonly alarm?: string;
    readonly limit: number;
  }): readonly (QueuedNotification & { readonly tried: readonly Attempt[] })[];
}

/** Over the tables of the alarms' file. */
export function notificationQueue(database: Sqlite): NotificationQueue {
  return {
    enqueue: ({ notifier, notification }) => {
      const sql = 'INSERT INTO notification (notifier, alarm, body, due_ms) VALUES (?, ?, ?, ?) RETURNING id';
      const { address, atMs } = notification;
      return Number(database.get(sql, notifier, address, JSON.stringify(notification), atMs)?.['id']);
    },
    pending: () => database.all(`SELECT * FROM notification WHERE outcome = 'pending' ORDER BY id`).map(queuedOf),
    claim: ({ id, attempts, dueMs }, untilMs) => {
      const sql = `UPDATE notification SET due_ms = ?
                   WHERE id = ? AND outcome = 'pending' AND attempts = ? AND due_ms = ?`;
      return database.run(sql, untilMs, id, attempts, dueMs) === 1;
    },
    attempted: ({ id }, { number, atMs, error }, next) =>
      database.write('durable', () => {
        const outcome = typeof next === 'string' ? next : 'pending';
        const dueMs = typeof next === 'string' ? atMs : next.dueMs;
        const sql = 'INSERT INTO attempt (notification, number, at_ms, error) VALUES (?, ?, ?, ?)';
        database.run(sql, id, number, atMs, error ?? null);
        const update = 'UPDATE notification SET outcome = ?, attempts = ?, due_ms = ? WHERE id = ?';
        database.run(update, outcome, number, dueMs, id);
      }),
    notifications: ({ alarm, limit }) =>
      database
        .all(
          'SELECT * FROM notification WHERE ?1 IS NULL OR alarm = ?1 ORDER BY id DESC LIMIT ?2',
          alarm ?? null,
          limit,
        )
        .map((row) => ({ ...queuedOf(row), tried: attemptsOf(database, Number(row['id'])) })),
  };
}

function attemptsOf(database: Sqlite, notification: number): readonly Attempt[] {
  return database.all('SELECT * FROM attempt WHERE notification = ? ORDER BY number', notification).map((row) => ({
    number: Number(row['number']),
    atMs: Number(row['at_ms']),
    ...(row['error'] === null ? {} : { error: String(row['error']) }),
  }));
}

// Written by this file alone, so that the columns' types are known.
function queuedOf(row: SqliteRow): QueuedNotification {
  return {
    id: Number(row['id']),
    notifier: String(row['notifier']),
    notification: JSON.parse(String(row['body'])) as AlarmNotification,
    outcome: row['outcome'] as NotificationOutcome,
    attempts: Number(row['attempts']),
    dueMs: Number(row['due_ms']),
  };
}
