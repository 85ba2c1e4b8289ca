import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { atWork, type FaultPlan, faultPlanVariable, type StrikeSignal } from './fault-plan.ts';

/** A script of Node that reads a fault plan from its environment, and what it is called with. */
export interface ChildCommand {
  readonly script: string;
  readonly arguments: readonly string[];
  readonly workingDirectory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A blow from outside, so many ms after the process began to work, wherever it is then. */
export interface Blow {
  readonly afterMs: number;
  readonly signal: StrikeSignal;
}

export interface ChildEnd {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

export interface StruckChild {
  /** The step at which it was struck, `moment`, or `storage`; undefined where it ended first. */
  readonly struckAt: string | undefined;
  /** Lets a stopped process go on, and waits for its end. */
  finish(): Promise<ChildEnd>;
}

/** The pipe on which a process says where it is. */
export const wordsFd = 3;

/** Runs a process of its own until it is struck, or ends by itself. */
export async function runStruck(command: ChildCommand, plan: FaultPlan, blow?: Blow): Promise<StruckChild> {
  const words = ['--disable-warning=ExperimentalWarning', command.script, ...command.arguments];
  const child = spawn(process.execPath, words, {
    cwd: command.workingDirectory,
    env: { ...command.env, [faultPlanVariable]: JSON.stringify(plan) },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '', words: '' };
  child.stdout.on('data', (text) => {
    said.out += text;
  });
  child.stderr.on('data', (text) => {
    said.err += text;
  });
  // It may end without having read what lets it go on.
  child.stdin.on('error', () => {});
  // Of a child that dies, what it said last comes after its exit.
  const ended = once(child, 'close');
  const stopped = Promise.withResolvers<void>();
  let struckAt: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  const strike = (where: string, signal: StrikeSignal): void => {
    if (!child.kill(signal)) return;
    struckAt = where;
    if (signal === 'SIGSTOP') stopped.resolve();
  };
  const listen = (text: string): void => {
    said.words += text;
    const lines = said.words.split('\n').slice(0, -1);
    const isAtWork = lines.includes(atWork);
    if (isAtWork && blow !== undefined) timer ??= setTimeout(() => strike('moment', blow.signal), blow.afterMs);
    // One that has little to do over a bucket may come to its step without having opened a file.
    const step = lines.find((line) => line !== atWork);
    if (step === undefined) return;
    struckAt = step;
    if (plan.strike?.signal === 'SIGSTOP') strike(step, 'SIGSTOP');
  };
  child.stdio[wordsFd]?.on('data', (piece) => listen(String(piece)));
  await Promise.race([ended, stopped.promise]);
  clearTimeout(timer);
  return {
    struckAt,
    finish: async () => {
      child.kill('SIGCONT');
      child.stdin.end('\n');
      const [code, signal] = (await ended) as [number | null, string | null]; // of ChildProcess' `close`
      return { code, signal, out: said.out, err: said.err };
    },
  };
}
