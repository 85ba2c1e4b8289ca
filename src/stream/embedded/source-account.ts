import type { Sqlite } from '../../base/sqlite.ts';
import { type HourCounts, hourMs } from '../hour-counts.ts';
import type { SourceAccount } from '../stream.ts';

/** Stands in the index for records from before it kept hours. */
const unknownHour = -1;

/** Adds to a source's account, within the caller's transaction. */
export function addToAccount(index: Sqlite, source: number, counts: readonly HourCounts[]): void {
  for (const { hour, sent, logged, resent } of counts)
    index.run(
      `INSERT INTO source_account (source, hour, sent, logged, resent) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (source, hour) DO UPDATE SET sent = sent + excluded.sent, logged = logged + excluded.logged,
         resent = resent + excluded.resent`,
      source,
      hour,
      sent,
      logged,
      resent,
    );
}

/** What each source sent, with the sequences that the log knows of it. */
export function readAccounts(index: Sqlite): readonly SourceAccount[] {
  const sequences = new Map(
    index
      .all('SELECT source, sum(last - first + 1) AS sequences FROM source_runs GROUP BY source')
      .map((row) => [Number(row['source']), Number(row['sequences'])]),
  );
  const lines = Map.groupBy(index.all('SELECT * FROM source_account ORDER BY source, hour'), (row) =>
    Number(row['source']),
  );
  return index.all('SELECT id, name FROM sources ORDER BY name').map((row) => {
    const id = Number(row['id']);
    return {
      source: String(row['name']),
      sequences: sequences.get(id) ?? 0,
      hours: (lines.get(id) ?? []).map((line) => ({
        ...(Number(line['hour']) === unknownHour ? {} : { hourMs: Number(line['hour']) * hourMs }),
        sent: Number(line['sent']),
        logged: Number(line['logged']),
        resent: Number(line['resent']),
      })),
    };
  });
}
