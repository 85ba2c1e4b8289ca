import { type FieldCipher, plainFields } from '../../base/field-cipher.ts';
import { openSqlite, type SqliteAccess, type SqliteRow } from '../../base/sqlite.ts';
import type { RunEvent } from './event.ts';

/** `kept`: nobody was to be told. `refused`: the endpoint would not have it, and it is not sent again. */
export type EventOutcome = 'kept' | 'pending' | 'sent' | 'refused';

export interface StoredEvent {
  readonly id: number;
  readonly event: RunEvent;
  readonly outcome: EventOutcome;
  readonly attempts: number;
  /** When the next attempt is due; while one is under way, when it counts as dead. */
  readonly dueMs: number;
  /** Why the last attempt failed. */
  readonly error?: string;
}

export interface EventCounts {
  readonly pending: number;
  readonly refused: number;
  /** Of the oldest that is pending and was tried. */
  readonly error?: string;
  readonly oldestPendingMs?: number;
}

/** Every run's events, in one SQLite file that several processes share, until they are taken. */
export interface EventStore {
  add(event: RunEvent, outcome: 'kept' | 'pending', atMs: number): void;
  /** The oldest that is pending: events arrive in the order in which they happened. */
  next(): StoredEvent | undefined;
  /** Takes one up until `untilMs`; false where another process has. */
  claim(event: StoredEvent, untilMs: number): boolean;
  attempted(
    event: StoredEvent,
    next: 'sent' | { readonly outcome: 'pending' | 'refused'; readonly dueMs: number; readonly error: string },
  ): void;
  counts(): EventCounts;
  /** Newest last. */
  events(limit: number): readonly StoredEvent[];
  close(): void;
}

/** What is not pending is kept up to this many events: some days of a busy pipeline. */
const mostKept = 20_000;

const schema = {
  applicationId: 0x50484c4e,
  holds: 'lineage events',
  whenDamaged: 'Move lineage.sqlite aside: a new one is made. It holds events about runs only, no data.',
  migrations: [
    `CREATE TABLE event (
       id INTEGER PRIMARY KEY AUTOINCREMENT,
       at_ms INTEGER NOT NULL,
       body TEXT NOT NULL,
       outcome TEXT NOT NULL,
       attempts INTEGER NOT NULL DEFAULT 0,
       due_ms INTEGER NOT NULL,
       error TEXT
     ) STRICT;
     CREATE INDEX event_pending ON event (id) WHERE outcome = 'pending';
     CREATE INDEX event_refused ON event (id) WHERE outcome = 'refused';`,
  ],
} as const;

/** Events quote errors, and those may quote records: their bodies pass through `fields`. */
export function openEventStore(
  file: string,
  access: SqliteAccess = 'write',
  fields: FieldCipher = plainFields,
): EventStore {
  const database = openSqlite(file, schema, access);
  const stored = (row: SqliteRow): StoredEvent => storedOf(row, fields);
  return {
    add: (event, outcome, atMs) => {
      database.write('derived', () => {
        const sql = 'INSERT INTO event (at_ms, body, outcome, due_ms) VALUES (?, ?, ?, ?) RETURNING id';
        const id = Number(database.get(sql, atMs, fields.seal(JSON.stringify(event)), outcome, atMs)?.['id']);
        database.run(`DELETE FROM event WHERE id <= ? AND outcome <> 'pending'`, id - mostKept);
      });
    },
    next: () => database.all(`SELECT * FROM event WHERE outcome = 'pending' ORDER BY id LIMIT 1`).map(stored)[0],
    claim: ({ id, attempts, dueMs }, untilMs) => {
      const sql = `UPDATE event SET due_ms = ? WHERE id = ? AND outcome = 'pending' AND attempts = ? AND due_ms = ?`;
      return database.run(sql, untilMs, id, attempts, dueMs) === 1;
    },
    attempted: ({ id, attempts, dueMs }, next) => {
      const sql = 'UPDATE event SET outcome = ?, attempts = ?, due_ms = ?, error = ? WHERE id = ?';
      if (next === 'sent') database.run(sql, 'sent', attempts + 1, dueMs, null, id);
      else database.run(sql, next.outcome, attempts + 1, next.dueMs, next.error, id);
    },
    counts: () => {
      const count = (outcome: string): number =>
        Number(database.get('SELECT count(*) AS n FROM event WHERE outcome = ?', outcome)?.['n']);
      const oldest = database.get(`SELECT at_ms, error FROM event WHERE outcome = 'pending' ORDER BY id LIMIT 1`);
      const refused = database.get(`SELECT error FROM event WHERE outcome = 'refused' ORDER BY id DESC LIMIT 1`);
      const error = oldest?.['error'] ?? refused?.['error'];
      return {
        pending: count('pending'),
        refused: count('refused'),
        ...(typeof error === 'string' ? { error } : {}),
        ...(oldest === undefined ? {} : { oldestPendingMs: Number(oldest['at_ms']) }),
      };
    },
    events: (limit) => database.all('SELECT * FROM event ORDER BY id DESC LIMIT ?', limit).map(stored).toReversed(),
    close: () => database.close(),
  };
}

// Written by this file alone, so that the columns' types are known.
function storedOf(row: SqliteRow, fields: FieldCipher): StoredEvent {
  return {
    id: Number(row['id']),
    event: JSON.parse(fields.open(String(row['body']))) as RunEvent,
    outcome: row['outcome'] as EventOutcome,
    attempts: Number(row['attempts']),
    dueMs: Number(row['due_ms']),
    ...(row['error'] === null ? {} : { error: String(row['error']) }),
  };
}
