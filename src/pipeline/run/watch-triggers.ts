import { isPlayheadError } from '../../base/errors.ts';
import { seconds } from '../../base/units.ts';
import type { Engine } from '../engine/bind.ts';
import type { EngineRunner } from './handlers.ts';
import { type Trigger, waitingFor } from './triggers.ts';

/** How often tables are looked at for what other processes commit, and how soon a job is asked again for the same commits. */
const lookMs = seconds(5);
const retryMs = seconds(300);

/**
 * Runs the jobs of triggers until `stop`, whoever commits: also for what was committed while nobody looked. One that failed,
 * or that found nothing in those commits, runs again when there is more for it, or after five minutes.
 */
export async function watchTriggers(
  engine: Engine,
  triggers: readonly Trigger[],
  run: EngineRunner,
  stop: AbortSignal,
  onRun: (trigger: Trigger, error?: unknown) => void,
): Promise<void> {
  const { clock } = engine.effects;
  const asked = new Map<string, { readonly waiting: string; readonly atMs: number }>();
  while (!stop.aborted) {
    for (const trigger of triggers) {
      const waiting = JSON.stringify(await waitingFor(engine, trigger));
      const before = asked.get(trigger.address);
      const isTooSoon = before?.waiting === waiting && clock.monotonicMs() - before.atMs < retryMs;
      if (waiting === '{}' || isTooSoon || stop.aborted) continue;
      asked.set(trigger.address, { waiting, atMs: clock.monotonicMs() });
      try {
        await run({ address: trigger.job, kind: 'job', trigger: trigger.address, arguments: {} }, stop);
        onRun(trigger);
      } catch (error) {
        if (!isPlayheadError(error)) throw error;
        onRun(trigger, error);
      }
    }
    await clock.sleep(lookMs, stop).catch((error: unknown) => {
      // A stop is no failure of the wait.
      if (!stop.aborted) throw error;
    });
  }
}
