import { openSeries } from '../../commit/series.ts';
import type { Engine } from '../../pipeline/bind.ts';

export interface UnreadInput {
  /** Commits that were not read yet. */
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
    const commits = openSeries<unknown, { readonly committedAtMs?: number }>(lake, series, engine.effects);
    const [read, { next }] = [positions[series] ?? 0, await commits.head()];
    ever ||= next > 0;
    if (next <= read) continue;
    behind += next - read;
    oldestMs = Math.min(oldestMs, (await commits.read(read))?.committedAtMs ?? oldestMs);
  }
  return { behind, oldestMs, ever };
}
