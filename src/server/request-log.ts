import { createHash } from 'node:crypto';
import type { Clock } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { Sqlite, SqliteRow } from '../base/sqlite.ts';
import type { RecordType } from '../record/type.ts';

/** What makes a request one that may be sent again. */
export interface Idempotency {
  /** Hash of whose the key is, and of the key. */
  readonly key: Uint8Array;
  /** Hash of the body. */
  readonly body: Uint8Array;
}

/** Where a request's records stand in the stream: sequences of a source. */
export interface RequestPlace {
  readonly source: string;
  readonly firstSequence: bigint;
  /** Where they are in the log, if that was kept: `firstPositions`. */
  readonly firstPositions?: string;
}

/** Where the log put a request, by the key of its `Idempotency`. */
export interface KeptPositions {
  readonly key: Uint8Array;
  readonly firstPositions: string;
}

export interface RequestLog {
  /**
   * The place of each request: of one that was there before, where it was put then; of any other, what `next` gives. All
   * of it is on the disk when this returns: what is appended after it, is never appended anew. An error takes the place of
   * one that can't have any: PH_IDEMPOTENCY_KEY_REUSED, PH_DEFINITION_INCOMPATIBLE.
   */
  place(
    requests: readonly { readonly idempotency?: Idempotency; readonly count: number }[],
    next: (count: number) => RequestPlace,
  ): readonly (RequestPlace | PlayheadError)[];
  /** Keeps where the log put requests, for logs that don't find it again; may be lost in a power cut. */
  keepPositions(requests: readonly KeptPositions[]): void;
}

/** How often what has expired is removed. */
const sweepMs = 60_000;

/** The requests of one gateway, kept for `keepMs`. */
export function openRequestLog(file: Sqlite, record: RecordType, keepMs: number, clock: Clock): RequestLog {
  const recordType = createHash('sha256').update(JSON.stringify(record)).digest();
  let sweptMs = Number.NEGATIVE_INFINITY;
  const sweep = (now: number): void => {
    if (clock.monotonicMs() - sweptMs < sweepMs) return;
    sweptMs = clock.monotonicMs();
    file.run('DELETE FROM requests WHERE expires_ms <= ?', now);
  };
  return {
    place: (requests, next) => {
      const work = () => {
        const now = clock.now();
        return requests.map(({ idempotency, count }): RequestPlace | PlayheadError => {
          if (idempotency === undefined) return next(count);
          const known = file.get(
            `SELECT body, record_type, source, CAST(first_sequence AS TEXT) AS first_sequence, first_positions FROM requests
               WHERE key = ? AND expires_ms > ?`,
            idempotency.key,
            now,
          );
          if (known !== undefined) return knownPlace(known, idempotency, recordType);
          const place = next(count);
          file.run(
            `INSERT OR REPLACE INTO requests (key, body, record_type, source, first_sequence, expires_ms)
               VALUES (?, ?, ?, ?, ?, ?)`,
            idempotency.key,
            idempotency.body,
            recordType,
            place.source,
            place.firstSequence,
            now + keepMs,
          );
          return place;
        });
      };
      if (requests.every(({ idempotency }) => idempotency === undefined)) return work();
      return file.write('durable', () => {
        sweep(clock.now());
        return work();
      });
    },
    keepPositions: (requests) => {
      if (requests.length === 0) return;
      file.write('derived', () => {
        for (const { key, firstPositions } of requests)
          file.run('UPDATE requests SET first_positions = ? WHERE key = ?', firstPositions, key);
      });
    },
  };
}

function knownPlace(row: SqliteRow, { body }: Idempotency, recordType: Buffer): RequestPlace | PlayheadError {
  // Columns that are declared BLOB NOT NULL.
  if (Buffer.compare(body, row['body'] as Uint8Array) !== 0)
    return new PlayheadError('PH_IDEMPOTENCY_KEY_REUSED', 'this Idempotency-Key came with another body before', {
      hint: 'Give every request a key of its own, and send a request again as it was.',
    });
  if (recordType.compare(row['record_type'] as Uint8Array) !== 0)
    return new PlayheadError(
      'PH_DEFINITION_INCOMPATIBLE',
      'the type of the records has changed since this Idempotency-Key came first: which of them were taken then is not known',
      { hint: 'Look whether they are in the stream; if not, send them under another key.' },
    );
  const firstPositions = row['first_positions'];
  return {
    source: String(row['source']),
    firstSequence: BigInt(String(row['first_sequence'])),
    ...(firstPositions === null ? {} : { firstPositions: String(firstPositions) }),
  };
}
