import type { Engine } from '../engine/bind.ts';

/** How often what goes on for long writes what it measured, ms: alarms look at it from other processes. */
const writeMetricsMs = 10_000;

/** Writes what is measured while `work` goes on, and at its end. A write that fails loses nothing: the next one, or that of the engine's end, takes it along. */
export async function writingMetrics<T>(engine: Engine, work: () => Promise<T>): Promise<T> {
  const ended = new AbortController();
  const writing = (async () => {
    while (!ended.signal.aborted) {
      await engine.effects.clock.sleep(writeMetricsMs, ended.signal).catch(() => {});
      if (!ended.signal.aborted) await engine.keeper.write().catch(() => {});
    }
  })();
  try {
    return await work();
  } finally {
    ended.abort();
    await writing;
    await engine.keeper.write().catch(() => {});
  }
}
