import type { Effects } from '../base/effects.ts';
import type { Sqlite } from '../base/sqlite.ts';
import { type Holder, isDead, thisProcess } from '../commit/holder.ts';

/** A process that serves gateways, as it said when it began to listen. */
export interface Listening {
  readonly process: Holder;
  readonly url: string;
  readonly sinceMs: number;
}

/** Every process that listens; also one that died, until the next one begins. */
export function listeningIn(file: Sqlite): readonly Listening[] {
  return file.all('SELECT * FROM listening ORDER BY since_ms').map((row) => ({
    // Written by `announceListening`.
    process: JSON.parse(String(row['process'])) as Holder,
    url: String(row['url']),
    sinceMs: Number(row['since_ms']),
  }));
}

/** Says where this process listens, and forgets those that died. Returns what takes it back. */
export async function announceListening(file: Sqlite, url: string, effects: Effects): Promise<() => void> {
  const forget = (process: Holder): void => {
    file.run('DELETE FROM listening WHERE process = ?', JSON.stringify(process));
  };
  for (const { process } of listeningIn(file)) if (await isDead(process, effects)) forget(process);
  const own = await thisProcess('serve', effects);
  const sinceMs = effects.clock.now();
  file.run(
    'INSERT OR REPLACE INTO listening (process, url, since_ms) VALUES (?, ?, ?)',
    JSON.stringify(own),
    url,
    sinceMs,
  );
  return () => forget(own);
}
