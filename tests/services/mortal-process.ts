import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { bound } from '../../services/bound.ts';
import type { Launch } from '../../services/service.ts';

/** A process that is killed, and started again as it was. It dies with this process, however that ends. */
export class MortalProcess {
  readonly #launch: Pick<Launch, 'program' | 'answers'>;
  readonly #folder: string;
  #child: ChildProcess | undefined;

  constructor(launch: Pick<Launch, 'program' | 'answers'>, folder: string) {
    this.#launch = launch;
    this.#folder = folder;
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const { program, answers } = this.#launch;
    const { file, args } = bound(program);
    const env = { ...process.env, ...program.env };
    const child = spawn(file, args, { cwd: program.cwd ?? this.#folder, env, stdio: 'ignore' });
    this.#child = child;
    while (!(await answers().catch(() => false))) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`${file} ended while it started, with ${child.exitCode ?? child.signalCode}`);
      await wait(100);
    }
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}
