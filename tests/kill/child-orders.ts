import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StrikeSignal } from '../../src/check/chaos/fault-plan.ts';
import { runStruck, type StruckChild } from '../../src/check/chaos/struck-child.ts';
import type { Extent, Work } from './small-home.ts';
import type { WriteClass } from './unconditional-lake.ts';

export interface ChildOrders {
  readonly home: string;
  readonly work: Work;
  readonly extent: Extent;
  /** At the nth reach of this step, the child is struck. */
  readonly step: string;
  readonly nth: number;
  readonly signal: StrikeSignal;
  /** Of a delivery's lease; the default's minute where absent. */
  readonly leaseTtlMs?: number;
  /** Which conditions the child's store ignores. */
  readonly ignored?: WriteClass;
  /** Whether the child's objects have other bytes than its parent's would. */
  readonly packsOtherwise?: boolean;
}

export interface Child extends Pick<StruckChild, 'struckAt'> {
  /** Lets a stopped child go on, and waits for its end. Throws where it fails. */
  finish(): Promise<void>;
}

/** Runs a child until it is struck or ends by itself. */
export async function runChild(orders: ChildOrders): Promise<Child> {
  const { home, step, nth, signal } = orders;
  const command = {
    script: join(import.meta.dirname, 'child', 'pipeline.ts'),
    arguments: [JSON.stringify(orders)],
    workingDirectory: home,
    // Without a cache of the compiled sources, starting takes three times as long as the work.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), 'playhead-chaos-compiled'), ...process.env },
  };
  const child = await runStruck(command, { home, strike: { step, nth, signal } });
  return {
    struckAt: child.struckAt,
    finish: async () => {
      const end = await child.finish();
      const asOrdered = signal === 'SIGKILL' && end.signal === 'SIGKILL';
      if (end.code !== 0 && !asOrdered) throw new Error(`a child ended with ${end.code ?? end.signal}: ${end.err}`);
    },
  };
}
