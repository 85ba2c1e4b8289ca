import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { openSqlite, type Sqlite, type SqliteSchema } from '../base/sqlite.ts';
import { storageError } from '../lake/storage-error.ts';
import { type AuditEvent, auditLine, firstPrevious, readAuditLine } from './audit-chain.ts';
import { homeFiles } from './home-files.ts';

/**
 * Who ran what, as NDJSON that is only ever appended to. Each line holds the hash of the one before. Where the chain ends
 * stands in another file, `audit-head.sqlite`, which is also the lock: without it, a log that was cut at a line's end
 * would look whole.
 */
export interface AuditLog {
  /** Appends, and waits until the disk has it. Returns the line's sequence. */
  append(event: AuditEvent): number;
  close(): void;
}

/** Where the chain ended when it was last appended to. */
export interface AuditHead {
  /** Of the next line. */
  readonly sequence: number;
  readonly hash: string;
}

const schema: SqliteSchema = {
  applicationId: 0x50484155,
  holds: 'audit head',
  whenDamaged:
    'Put audit-head.sqlite back from a backup. Without it, nothing says where the audit log ended; `playhead audit --verify` then says so.',
  migrations: [
    `CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL, hash TEXT NOT NULL,
       size_bytes INTEGER NOT NULL) STRICT;
     INSERT INTO head VALUES (1, 0, '${firstPrevious}', 0)`,
  ],
};

export function auditFile(home: string): string {
  return join(home, homeFiles.audit);
}

function headFile(home: string): string {
  return join(home, homeFiles.auditHead);
}

export function openAuditLog(home: string, effects: Effects): AuditLog {
  const head = openSqlite(headFile(home), schema);
  const file = auditFile(home);
  return {
    append: (event) =>
      head.write('durable', () => {
        const { sequence, hash } = takeOver(head, file, effects);
        const time = new Date(effects.clock.now()).toISOString();
        const next = auditLine({ sequence, time, ...event, previous: hash });
        try {
          effects.fs.writeFileSync(file, `${endsWithin(head, file, effects) ? '\n' : ''}${next.line}`, {
            flag: 'a',
            flush: true,
            mode: 0o600,
          });
        } catch (cause) {
          throw storageError(cause, `writing ${file}`);
        }
        setHead(head, { sequence: sequence + 1, hash: next.hash }, sizeOf(file, effects));
        return sequence;
      }),
    close: () => head.close(),
  };
}

/** Where the chain ends; undefined where nothing says so. Writes nothing. */
export function readAuditHead(home: string, effects: Effects): AuditHead | undefined {
  return readingHead(home, headOf, effects);
}

/** How long the log was when its head was last moved on; undefined where nothing says so. Writes nothing. */
export function auditedBytes(home: string, effects: Effects): number | undefined {
  return readingHead(home, sizeLeft, effects);
}

function readingHead<T>(home: string, read: (head: Sqlite) => T, { fs }: Effects): T | undefined {
  if (fs.lstatSync(headFile(home), { throwIfNoEntry: false }) === undefined) return undefined;
  const head = openSqlite(headFile(home), schema, 'read');
  try {
    return read(head);
  } finally {
    head.close();
  }
}

/**
 * The head, after taking in what a process appended that died before it moved the head on: one line that follows, whole or
 * in part. Anything else that stands behind the head, or is missing before it, is left as it is: the next line follows the
 * head, and `verifyAudit` names the place.
 */
function takeOver(head: Sqlite, file: string, effects: Effects): AuditHead {
  const { fs } = effects;
  const known = headOf(head);
  const expected = sizeLeft(head);
  const size = sizeOf(file, effects);
  if (size <= expected) return known;
  const tail = Buffer.from(fs.readFileSync(file)).subarray(expected).toString();
  const end = tail.indexOf('\n');
  if (end === -1) {
    // Half a line, which nobody was told of: the next one begins a line of its own.
    fs.truncateSync(file, expected);
    return known;
  }
  const read = readAuditLine(tail.slice(0, end));
  if (read === undefined || read.entry.previous !== known.hash || end + 1 !== tail.length) return known;
  return { sequence: known.sequence + 1, hash: read.hash };
}

/** Whether the file was cut off within a line: what is appended to half a line could not be read either. */
function endsWithin(head: Sqlite, file: string, effects: Effects): boolean {
  const size = sizeOf(file, effects);
  // As long as it was left, it ends as it was left: nothing is read.
  return size > 0 && size !== sizeLeft(head) && effects.fs.readFileSync(file)[size - 1] !== newline;
}

const newline = 0x0a;

function sizeLeft(head: Sqlite): number {
  return Number(head.get('SELECT size_bytes FROM head')?.['size_bytes']);
}

function headOf(head: Sqlite): AuditHead {
  const row = head.get('SELECT sequence, hash FROM head');
  return { sequence: Number(row?.['sequence']), hash: String(row?.['hash']) };
}

function setHead(head: Sqlite, { sequence, hash }: AuditHead, sizeBytes: number): void {
  head.run('UPDATE head SET sequence = ?, hash = ?, size_bytes = ?', sequence, hash, sizeBytes);
}

function sizeOf(file: string, { fs }: Effects): number {
  return fs.lstatSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
