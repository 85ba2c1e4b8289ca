import { storedCommits } from '../../commit/packed-commits.ts';
import { openSeries } from '../../commit/series.ts';
import type { Engine } from '../../pipeline/bind.ts';

export interface UnreadInput {
  /** Commits of records that were not read yet: what opens or closes a series holds none. */
  readonly behind: number;
  /** When the oldest of them was made; now, where there is none. */
  readonly oldestMs: number;
  /** Whether anything was ever committed. */
  readonly ever: boolean;
}

/** What a job has not read of the series that are its input. */
export async function unreadInput(
  engine: Engine,
  input: readonly string[],
  positions: Readonly<Record<string, number>>,
): Promise<UnreadInput> {
  const lake = await engine.lake();
  let [behind, oldestMs, ever] = [0, engine.effects.clock.now(), false];
  for (const series of input) {
    const read = positions[series] ?? 0;
    const { next } = await openSeries(lake, series, engine.effects).head();
    ever ||= next > 0;
    if (next <= read) continue;
    for await (const { commit } of storedCommits<{ kind?: string; committedAtMs?: number }>(lake, series, read)) {
      if (commit.kind === 'open' || commit.kind === 'close') continue;
      behind += 1;
      oldestMs = Math.min(oldestMs, commit.committedAtMs ?? oldestMs);
    }
  }
  return { behind, oldestMs, ever };
}
