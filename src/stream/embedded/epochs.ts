import type { Sqlite } from '../../base/sqlite.ts';
import type { Position } from '../../record/batch.ts';

/**
 * Begins an epoch of all partitions, within the transaction that lets a new writer in: an older copy of the log that was put
 * back goes on in another epoch than the copy whose place it took.
 */
export function beginEpoch(index: Sqlite): void {
  // SQLite's own clock: one that a test or a simulation moves could come to the same time again.
  const row = index.get(
    `SELECT max(ifnull((SELECT max(epoch) FROM epochs), 0) + 1, CAST(unixepoch('subsec') * 1000 AS INTEGER)) AS epoch`,
  );
  // One that ends where it began holds nothing.
  index.run(
    `DELETE FROM epochs WHERE start = (SELECT end_position FROM partitions WHERE partition = epochs.partition)`,
  );
  index.run(
    'INSERT INTO epochs (partition, epoch, start) SELECT partition, ?, end_position FROM partitions',
    Number(row?.['epoch']),
  );
}

/** Undefined where nothing was appended since epochs are kept. */
export function latestEpoch(index: Sqlite, partition: number): number | undefined {
  const epoch = index.get('SELECT max(epoch) AS epoch FROM epochs WHERE partition = ?', partition)?.['epoch'];
  return typeof epoch === 'number' ? epoch : undefined;
}

/** Where a partition's next epoch begins, or its end. */
export function endOfEpoch(index: Sqlite, partition: number, epoch: number): Position {
  const row = index.get(
    `SELECT ifnull((SELECT start FROM epochs WHERE partition = ?1 AND epoch > ?2 ORDER BY epoch LIMIT 1),
       (SELECT end_position FROM partitions WHERE partition = ?1)) AS end`,
    partition,
    epoch,
  );
  return BigInt(Number(row?.['end'] ?? 0));
}

/** Forgets epochs whose records are all trimmed. */
export function dropEpochs(index: Sqlite): void {
  index.run(
    `DELETE FROM epochs WHERE epoch < (SELECT max(later.epoch) FROM epochs AS later JOIN partitions USING (partition)
       WHERE later.partition = epochs.partition AND later.start <= start_position)`,
  );
}
