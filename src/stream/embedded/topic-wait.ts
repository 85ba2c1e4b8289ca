import type { Effects } from '../../base/effects.ts';
import type { Position } from '../../record/batch.ts';

export interface TopicWait {
  /** Wakes those who wait in this process. */
  notify(): void;
  /** Resolves when `grown` says so, looking after each hint, or when the signal aborts. */
  until(grown: () => boolean, signal: AbortSignal): Promise<void>;
}

/**
 * Hints that a topic may have grown: commits of this process, changes of the index's write-ahead log by others (the
 * operating system tells), and every `pollMs` by the clock, for file systems that don't tell.
 */
export function topicWait(watchedFile: string, pollMs: number, effects: Effects): TopicWait {
  const waiting = new Set<() => void>();
  const notify = (): void => {
    for (const wake of waiting) wake();
  };
  return {
    notify,
    until: async (grown, signal) => {
      const ended = new AbortController();
      const stop = AbortSignal.any([signal, ended.signal]);
      const watched = watchFile(watchedFile, notify, stop, effects);
      try {
        while (!signal.aborted && !grown()) await nextHint(waiting, pollMs, stop, effects);
      } finally {
        ended.abort();
        await watched;
      }
    },
  };
}

/** Where the system has no watch to give (a network file system, its limit reached), the poll by the clock remains. */
async function watchFile(file: string, changed: () => void, signal: AbortSignal, effects: Effects): Promise<void> {
  try {
    for await (const _ of effects.fs.watch(file, { persistent: false, signal })) changed();
  } catch (cause) {
    if (!signal.aborted) effects.log.log('debug', 'the log is polled, not watched', { file, cause: String(cause) });
  }
}

async function nextHint(
  waiting: Set<() => void>,
  pollMs: number,
  signal: AbortSignal,
  effects: Effects,
): Promise<void> {
  const hinted = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  waiting.add(resolve);
  signal.addEventListener('abort', () => resolve(), { once: true });
  const slept = effects.clock.sleep(pollMs, AbortSignal.any([signal, hinted.signal])).catch(() => undefined);
  await Promise.race([promise, slept]);
  waiting.delete(resolve);
  hinted.abort();
}

/** Whether any partition ends past what was seen. */
export function passed(
  ends: readonly { readonly partition: number; readonly end: Position }[],
  seen: readonly Position[],
) {
  return ends.some(({ partition, end }) => end > (seen[partition] ?? 0n));
}
