import { openSeries } from '../../commit/series.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { type Contributor, contributions } from '../../table/contribution.ts';

export interface UnreadInput {
  /** Commits that were not read yet, of those that brought anything: what opens, closes or ends holds nothing. */
  readonly behind: number;
  /** When the oldest of them was made; now, where there is none. */
  readonly oldestMs: number;
  /** Whether anything was ever committed. */
  readonly ever: boolean;
}

/** What a job has not read of the series that are its input. */
export async function unreadInput(
  engine: Pick<Engine, 'lake' | 'effects'>,
  input: readonly Contributor[],
  positions: Readonly<Record<string, number>>,
): Promise<UnreadInput> {
  const lake = await engine.lake();
  let [behind, oldestMs, ever] = [0, engine.effects.clock.now(), false];
  for (const contributor of input) {
    const { series } = contributor;
    const commits = openSeries<unknown, { readonly committedAtMs?: number }>(lake, series, engine.effects);
    const [read, { next }] = [positions[series] ?? 0, await commits.head()];
    ever ||= next > 0;
    let unread = 0;
    for await (const { n, objects, replaces } of contributions(lake, contributor, read, undefined, engine.effects)) {
      if (objects.length + replaces.length === 0) continue;
      if (unread === 0) oldestMs = Math.min(oldestMs, (await commits.read(n))?.committedAtMs ?? oldestMs);
      unread += 1;
    }
    behind += unread;
  }
  return { behind, oldestMs, ever };
}
