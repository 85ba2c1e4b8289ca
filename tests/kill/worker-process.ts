import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atWork, type FaultPlan, faultPlanVariable } from '../../src/check/chaos/fault-plan.ts';
import { wordsFd } from '../../src/check/chaos/struck-child.ts';
import type { WriteClass } from './unconditional-lake.ts';
import type { WorkerPlace } from './worker-place.ts';

export interface WorkerOrders {
  readonly place: WorkerPlace;
  readonly lanes: number;
  /** Where it is killed, or stopped; nowhere, where it is left out. */
  readonly fate?: NonNullable<FaultPlan['strike']>;
  /** Which conditions its store ignores. */
  readonly ignored?: WriteClass;
}

/** A process that delivers beside others. */
export class WorkerProcess {
  /** Has opened what it works on, or ended. */
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  readonly #child: ChildProcessWithoutNullStreams;
  #state: 'works' | 'stands still' | 'ended' = 'works';

  /** `onNews` is told of each commit, of its being struck, and of its end. */
  constructor(orders: WorkerOrders, onNews: () => void) {
    const plan: FaultPlan = { home: orders.place.home, ...(orders.fate === undefined ? {} : { strike: orders.fate }) };
    const words = ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'child', 'worker.ts')];
    const child = spawn(process.execPath, [...words, JSON.stringify(orders)], {
      env: {
        NODE_COMPILE_CACHE: join(tmpdir(), 'playhead-chaos-compiled'),
        ...process.env,
        [faultPlanVariable]: JSON.stringify(plan),
      },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    // It may end without having read what lets it go on.
    child.stdin.on('error', () => {});
    const ready = Promise.withResolvers<void>();
    this.ready = ready.promise;
    child.stdout.on('data', () => {
      ready.resolve();
      onNews();
    });
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    child.stdio[wordsFd]?.on('data', (text) => {
      if (
        orders.fate?.signal !== 'SIGSTOP' ||
        String(text)
          .trim()
          .split('\n')
          .every((word) => word === atWork)
      )
        return;
      child.kill('SIGSTOP');
      this.#state = 'stands still';
      onNews();
    });
    this.ended = new Promise((resolve, reject) => {
      child.on('close', (code, signal) => {
        this.#state = 'ended';
        ready.resolve();
        onNews();
        // Told to end before it was ready to hear it.
        if (code === 0 || signal === 'SIGKILL' || signal === 'SIGTERM') resolve();
        else reject(new Error(`a worker ended with ${code ?? signal}: ${said}`));
      });
    });
    // Whoever stops it hears of a failure then.
    this.ended.catch(() => {});
  }

  get works(): boolean {
    return this.#state === 'works';
  }

  get standsStill(): boolean {
    return this.#state === 'stands still';
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Lets it go on where it stands still. */
  wake(): void {
    if (this.#state !== 'stands still') return;
    this.#state = 'works';
    this.#child.kill('SIGCONT');
    this.#child.stdin.write('\n');
  }

  /** Tells it to end, and waits for that. Throws where it failed. */
  async stop(): Promise<void> {
    this.wake();
    this.#child.kill('SIGTERM');
    await this.ended;
  }
}
