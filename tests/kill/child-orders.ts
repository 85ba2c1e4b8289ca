import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ChildOrders {
  readonly home: string;
  readonly work: 'produce' | 'deliver' | 'curate';
  /** Records that the source has in all. */
  readonly total: number;
  /**
   * At the nth reach of this step (or of `any`), the child is struck; with `moment`, nth milliseconds after its start, wherever it
   * is then.
   */
  readonly step: string;
  readonly nth: number;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  readonly leaseTtlMs: number;
}

export interface Child {
  /** The step at which it was struck; undefined where it ended first. */
  readonly struckAt: string | undefined;
  /** Lets a stopped child go on, and waits for its end. Throws where it fails. */
  finish(): Promise<void>;
}

/** Runs a child until it is struck or ends by itself. */
export async function runChild(orders: ChildOrders): Promise<Child> {
  const script = join(import.meta.dirname, 'child', 'pipeline.ts');
  const args = ['--disable-warning=ExperimentalWarning', script, JSON.stringify(orders)];
  // Without a cache of the compiled sources, starting takes three times as long as the work.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'playhead-kill-compiled') };
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
  let said = '';
  let complaint = '';
  child.stderr.on('data', (text) => {
    complaint += text;
  });
  const exit = once(child, 'exit');
  const stopped = Promise.withResolvers<void>();
  const strike = (): boolean => {
    const struck = child.kill(orders.signal);
    if (struck && orders.signal === 'SIGSTOP') stopped.resolve();
    return struck;
  };
  child.stdout.on('data', (text) => {
    said += text;
    if (orders.signal === 'SIGSTOP') strike();
  });
  const strikeNow = (): void => {
    if (strike()) said = 'moment';
  };
  const timer = orders.step === 'moment' ? setTimeout(strikeNow, orders.nth) : undefined;
  await Promise.race([exit, stopped.promise]);
  clearTimeout(timer);
  return {
    struckAt: said === '' ? undefined : said.trim(),
    finish: async () => {
      child.kill('SIGCONT');
      child.stdin.end('\n');
      const [code, signal] = await exit;
      const asOrdered = orders.signal === 'SIGKILL' && signal === 'SIGKILL';
      if (code !== 0 && !asOrdered) throw new Error(`a child ended with ${code ?? signal}: ${complaint}`);
    },
  };
}
