import type { Effects } from '../base/effects.ts';
import { counted } from '../base/units.ts';
import type { MetricHistory } from './history.ts';
import { measurementsIn, type Recorder } from './recorder.ts';
import { countUnkept } from './unkept.ts';

/** Brings what is measured to its history. A history that can't take it never decides over the work that is measured. */
export interface MetricsKeeper {
  /** What this process measures is to be kept, from here on. Never throws: what is in the way is said, and tried again. */
  keep(): Promise<void>;
  /** Writes what was measured since the last call. What can't be written is tried again by the next call; throws why. */
  write(): Promise<void>;
  /** The last write, of what is to be kept. What can't be written is counted in the home, and said; never throws. */
  end(): Promise<void>;
}

/** `open` is called again where it failed; `unkeptFile` counts what was given up. */
export function metricsKeeper(
  open: () => Promise<MetricHistory>,
  recorded: Recorder,
  unkeptFile: string,
  effects: Effects,
): MetricsKeeper {
  let kept = false;
  let told = false;
  const tell = (error: unknown): void => {
    if (!told) effects.log.log('warn', `what is measured can't be kept, the work goes on: ${reason(error)}`);
    told = true;
  };
  const write = async (): Promise<void> => {
    kept = true;
    const history = await open();
    const slots = recorded.take();
    try {
      history.write(slots);
    } catch (error) {
      recorded.giveBack(slots);
      throw error;
    }
  };
  const giveUp = async (why: unknown): Promise<void> => {
    const measurements = measurementsIn(recorded.take()) + recorded.dropped();
    if (measurements === 0) return;
    tell(why);
    const lost = { measurements, lastMs: effects.clock.now(), why: reason(why) };
    await countUnkept(unkeptFile, lost, effects).catch((cause: unknown) =>
      effects.log.log('warn', `${counted(measurements, 'measurement')} not kept, nor counted: ${reason(cause)}`),
    );
  };
  return {
    keep: async () => {
      kept = true;
      await open().catch(tell);
    },
    write: () =>
      write().catch((error: unknown) => {
        tell(error);
        throw error;
      }),
    end: async () => {
      if (!kept) return;
      let why: unknown = 'they waited for too long, and there was no room for more';
      await write().catch((error: unknown) => {
        why = error;
      });
      await giveUp(why);
    },
  };
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
