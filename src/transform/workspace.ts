import type { Effects } from '../base/effects.ts';
import { type Duck, type DuckSession, sqlIdentifier } from '../duck/duck.ts';

/** A connection with a database of its own, so that what one worker makes is not in another's way. */
export interface Workspace {
  readonly session: DuckSession;
  close(): Promise<void>;
}

export async function openWorkspace(duck: Duck, effects: Effects): Promise<Workspace> {
  const session = await duck.connect();
  const name = sqlIdentifier(`job_${[0, 1].map(() => effects.random.uint32().toString(16)).join('')}`);
  try {
    await session.run(`ATTACH ':memory:' AS ${name}; USE ${name}`);
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
  return {
    session,
    close: async () => {
      try {
        await session.run(`USE memory; DETACH ${name}`);
      } finally {
        await session[Symbol.asyncDispose]();
      }
    },
  };
}

/**
 * Runs `work` on each item with as many workers as there are workspaces; the first failure ends them all, once each has
 * finished what it was at.
 */
export async function shareOut<T>(
  workspaces: readonly Workspace[],
  items: readonly T[],
  work: (session: DuckSession, item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async ({ session }: Workspace): Promise<void> => {
    while (!failed && next < items.length) {
      const item = items[next];
      next += 1;
      if (item === undefined) continue;
      try {
        await work(session, item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const outcomes = await Promise.allSettled(workspaces.map(worker));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
