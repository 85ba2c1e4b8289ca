import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type ServiceName, services } from './catalogue.ts';
import { installed } from './install.ts';
import { isAlive } from './process-identity.ts';
import { reap, remove } from './remove.ts';
import { readState, type ServerState, type Stack } from './stack.ts';

const pollMs = 50;

/** Servers that answer, held by this process: they stop when it ends, however it ends. */
export interface HeldServers {
  readonly servers: readonly ServerState[];
  /** Lets them outlive this process. */
  release(): void;
  /** Stops them, and waits until nothing is left. */
  stop(): Promise<void>;
}

/**
 * Starts those that don't run yet, side by side, and resolves when each truly answers. Where one fails, those that this
 * call started are stopped, and the error quotes its log.
 */
export async function startServers(
  stack: Stack,
  names: readonly ServiceName[],
  say: (line: string) => void,
): Promise<HeldServers> {
  await reap(stack, names);
  // One after the other, and here: what is missing or can't be had is said before anything is started.
  for (const name of names) await installed(name, services[name], say);
  const keepers: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    const ended = keepers.map((keeper) => (keeper.exitCode === null ? once(keeper, 'exit') : undefined));
    for (const keeper of keepers) keeper.kill('SIGTERM');
    await Promise.all(ended);
  };
  try {
    for (const name of names) {
      if ((await readState(stack, name))?.phase === 'failed') await remove(stack, name);
      const keeper = await keep(stack, name);
      if (keeper === undefined) continue;
      keepers.push(keeper);
      say(`${name}: starting`);
    }
    const servers = await Promise.all(names.map((name) => untilReady(stack, name)));
    return { servers, stop, release: () => keepers.forEach(letStay) };
  } catch (failure) {
    await stop();
    throw failure;
  }
}

/** Stops these servers, and returns the names of those that ran or left something. */
export async function stopServers(stack: Stack, names: readonly ServiceName[]): Promise<readonly string[]> {
  const stopped: string[] = [...(await reap(stack, names))];
  for (const name of names) {
    const state = await readState(stack, name);
    if (state === undefined) continue;
    if (isAlive(state.keeper)) {
      process.kill(state.keeper.pid, 'SIGTERM');
      while (isAlive(state.keeper)) await wait(pollMs);
    }
    await remove(stack, name);
    stopped.push(name);
  }
  return stopped;
}

/** A keeper that has claimed the server; undefined where another one has. */
async function keep(stack: Stack, name: ServiceName): Promise<ChildProcess | undefined> {
  const keeper = spawn(process.execPath, [join(import.meta.dirname, 'keeper.ts'), stack.folder, name], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Ctrl-C on this process's terminal is for this process: it then stops its keepers in order.
    detached: true,
  });
  let complaint = '';
  keeper.stderr.on('data', (bytes: Buffer) => {
    complaint += bytes.toString();
  });
  const [said] = await Promise.race([once(keeper.stdout, 'data'), once(keeper, 'close')]);
  if (String(said) === 'claimed\n') return keeper;
  if (String(said) === 'held\n') return undefined;
  throw new Error(`${name}: its keeper ended before it began: ${complaint}`);
}

function letStay(keeper: ChildProcess): void {
  keeper.stdin?.end('stay\n');
  keeper.stdout?.destroy();
  keeper.stderr?.destroy();
  keeper.unref();
}

async function untilReady(stack: Stack, name: string): Promise<ServerState> {
  for (;;) {
    const state = await readState(stack, name);
    if (state?.phase === 'ready') return state;
    if (state?.phase === 'failed') throw new Error(`${name} did not start: ${state.failure ?? ''}`);
    if (state === undefined) throw new Error(`${name} was stopped while it started`);
    if (!isAlive(state.keeper)) throw new Error(`${name}: its keeper was killed while it started`);
    await wait(pollMs);
  }
}
