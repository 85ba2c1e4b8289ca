import type { Sqlite } from '../../base/sqlite.ts';
import type { SequenceRun } from '../sequence-runs.ts';

// Sequences take all 64 bits, which SQLite gives back whole only as text.
const runColumns = 'CAST(first AS TEXT) AS first, CAST(last AS TEXT) AS last';

/**
 * The runs of a source that share sequences with `span`, in order. Runs never overlap, so the search begins at the last
 * one that starts at or before the span: it costs the same however many gaps a source has left.
 */
export function runsWithin(index: Sqlite, source: number, span: SequenceRun): readonly SequenceRun[] {
  return index
    .all(
      `SELECT ${runColumns} FROM source_runs AS run
         WHERE source = ?1 AND run.last >= ?2 AND run.first <= ?3
           AND run.first >= ifnull((SELECT max(before.first) FROM source_runs AS before
                                      WHERE before.source = ?1 AND before.first <= ?2), ?2)
         ORDER BY run.first`,
      source,
      span.first,
      span.last,
    )
    .map((row) => ({ first: BigInt(String(row['first'])), last: BigInt(String(row['last'])) }));
}

export function highestSequence(index: Sqlite, source: number): bigint | undefined {
  const row = index.get(
    'SELECT CAST(last AS TEXT) AS last FROM source_runs WHERE source = ? ORDER BY first DESC LIMIT 1',
    source,
  );
  return row === undefined ? undefined : BigInt(String(row['last']));
}

/** Adds a run that shares no sequence with those there, and joins it with its neighbours. */
export function addRun(index: Sqlite, source: number, run: SequenceRun): void {
  const neighbours = runsWithin(index, source, { first: run.first - 1n, last: run.last + 1n });
  let { first, last } = run;
  for (const neighbour of neighbours) {
    index.run('DELETE FROM source_runs WHERE source = ? AND first = ?', source, neighbour.first);
    if (neighbour.first < first) first = neighbour.first;
    if (neighbour.last > last) last = neighbour.last;
  }
  index.run('INSERT INTO source_runs (source, first, last) VALUES (?, ?, ?)', source, first, last);
}

export function sourceId(index: Sqlite, name: string): number | undefined {
  const row = index.get('SELECT id FROM sources WHERE name = ?', name);
  return row === undefined ? undefined : Number(row['id']);
}

/** The source's id; a new one within the caller's transaction where it was never seen. */
export function claimSourceId(index: Sqlite, name: string): number {
  const row = index.get(
    'INSERT INTO sources (name) VALUES (?) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id',
    name,
  );
  return Number(row?.['id']);
}
