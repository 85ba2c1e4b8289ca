import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Extent, Work } from './small-home.ts';
import type { WriteClass } from './unconditional-lake.ts';

export type StrikeSignal = 'SIGKILL' | 'SIGSTOP';

export interface ChildOrders {
  readonly home: string;
  readonly work: Work;
  readonly extent: Extent;
  /**
   * At the nth reach of this step (or of `any`), the child is struck; with `moment`, nth milliseconds after it began to
   * work, wherever it is then.
   */
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

export interface Child {
  /** The step at which it was struck; undefined where it ended first. */
  readonly struckAt: string | undefined;
  /** Lets a stopped child go on, and waits for its end. Throws where it fails. */
  finish(): Promise<void>;
}

/** What a child says when all is open and its work begins; then, a line each, the step at which it is to be struck. */
export const atWork = 'at work';

/** Runs a child until it is struck or ends by itself. */
export async function runChild(orders: ChildOrders): Promise<Child> {
  const script = join(import.meta.dirname, 'child', 'pipeline.ts');
  const args = ['--disable-warning=ExperimentalWarning', script, JSON.stringify(orders)];
  // Without a cache of the compiled sources, starting takes three times as long as the work.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'playhead-kill-compiled') };
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
  let complaint = '';
  child.stderr.on('data', (text) => {
    complaint += text;
  });
  // Of a child that dies, what it said last comes after its exit.
  const ended = once(child, 'close');
  const stopped = Promise.withResolvers<void>();
  let struckAt: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  const strike = (where: string): void => {
    if (!child.kill(orders.signal)) return;
    struckAt = where;
    if (orders.signal === 'SIGSTOP') stopped.resolve();
  };
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
    const [begun, step] = said.split('\n');
    if (begun === atWork && orders.step === 'moment') timer ??= setTimeout(() => strike('moment'), orders.nth);
    if (step === undefined || step === '') return;
    struckAt = step;
    if (orders.signal === 'SIGSTOP') strike(step);
  });
  await Promise.race([ended, stopped.promise]);
  clearTimeout(timer);
  return {
    struckAt,
    finish: async () => {
      child.kill('SIGCONT');
      child.stdin.end('\n');
      const [code, signal] = await ended;
      const asOrdered = orders.signal === 'SIGKILL' && signal === 'SIGKILL';
      if (code !== 0 && !asOrdered) throw new Error(`a child ended with ${code ?? signal}: ${complaint}`);
    },
  };
}
