import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { bound } from './bound.ts';
import { isServiceName, services } from './catalogue.ts';
import { claim } from './claim.ts';
import { onFreePorts } from './free-port.ts';
import { installed } from './install.ts';
import { identify, signalGroup } from './process-identity.ts';
import { remove } from './remove.ts';
import { runProgram } from './run-program.ts';
import type { Launch, Program } from './service.ts';
import { type ServerState, type Stack, serverFolder, writeState } from './stack.ts';

/**
 * Keeps one server: `keeper.ts STACK NAME`. It prints `claimed`, or `held` where another keeper has it; starts it, says
 * in `state.json` when it truly answers, and stops it and removes what it left on SIGTERM, SIGINT, or when its standard
 * input ends: whoever started it is then gone, however it went. A line `stay` on standard input lets the server outlive
 * whoever started it.
 */

const readyWithinMs = 120_000;
const stopsWithinMs = 15_000;
const pollMs = 100;
const keptLogChars = 2000;

const [folder = '', name = ''] = process.argv.slice(2);
if (!isServiceName(name)) throw new Error(`no service is called ${name}`);
const service = services[name];
const stack: Stack = { folder };
const data = join(serverFolder(stack, name), 'data');
const logFile = join(serverFolder(stack, name), 'log');
const self = identify(process.pid);
if (self === undefined) throw new Error('this process has no start time');

let state: ServerState = {
  name,
  version: service.version,
  phase: 'starting',
  keeper: self,
  settings: {},
  profile: {},
};
const stopping = new AbortController();
const stop = (): void => stopping.abort();
process.on('SIGTERM', stop).on('SIGINT', stop);
watchLifeline();

if (!(await claim(stack, state))) {
  process.stdout.write('held\n');
  process.exit(0);
}
process.stdout.write('claimed\n');
let server: ChildProcess | undefined;
try {
  const { launch, child } = await onFreePorts(startOn);
  await launch.furnish?.();
  state = { ...state, phase: 'ready' };
  await writeState(stack, state);
  // Whoever started it may have gone while it was made ready: that is not told again.
  if (!stopping.signal.aborted) await Promise.race([once(stopping.signal, 'abort'), once(child, 'exit')]);
  if (!stopping.signal.aborted) throw new Error(`it ended by itself, with ${child.exitCode ?? child.signalCode}`);
} catch (failure) {
  if (!stopping.signal.aborted) await fail(failure);
} finally {
  if (server !== undefined) await end(server);
  if (stopping.signal.aborted) await remove(stack, name);
}
process.exit(stopping.signal.aborted ? 0 : 1);

function watchLifeline(): void {
  let said = '';
  process.stdin
    .on('data', (bytes: Buffer) => {
      said += bytes.toString();
    })
    .on('error', () => {})
    .on('close', () => {
      if (said !== 'stay\n') stop();
    });
}

/** Starts the server in an empty folder of its own, until it answers. */
async function startOn(freePort: () => Promise<number>): Promise<{ launch: Launch; child: ChildProcess }> {
  const folderOfInstallation = await installed(name, service, () => {});
  await rm(data, { recursive: true, force: true });
  await mkdir(data, { recursive: true });
  const launch = await service.launch({ installed: folderOfInstallation, data, freePort, run: runProgram });
  state = { ...state, settings: launch.settings, profile: launch.profile };
  stopping.signal.throwIfAborted();
  const child = await start(launch.program);
  server = child;
  try {
    await untilReady(launch, child);
  } catch (failure) {
    await end(child);
    throw failure;
  }
  return { launch, child };
}

/** In a process group of its own, so that all that it spawns goes with it; on Linux it dies with its keeper. */
async function start(program: Program): Promise<ChildProcess> {
  const log = await open(logFile, 'a');
  const { file, args } = bound(program);
  const child = spawn(file, args, {
    cwd: program.cwd ?? data,
    env: { ...process.env, ...program.env },
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
  });
  await once(child, 'spawn');
  await log.close();
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity !== undefined) state = { ...state, server: identity };
  await writeState(stack, state);
  return child;
}

async function untilReady(launch: Launch, child: ChildProcess): Promise<void> {
  const deadline = AbortSignal.any([stopping.signal, AbortSignal.timeout(readyWithinMs)]);
  while (!(await launch.answers().catch(() => false))) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`it ended while it started, with ${child.exitCode ?? child.signalCode}`);
    }
    if (deadline.aborted) throw new Error(`it did not answer within ${readyWithinMs / 1000} s`);
    await wait(pollMs);
  }
}

async function end(child: ChildProcess): Promise<void> {
  const identity = state.server;
  if (identity === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  signalGroup(identity, 'SIGTERM');
  const ended = await Promise.race([exited, wait(stopsWithinMs, undefined, { ref: false })]);
  if (ended === undefined) signalGroup(identity, 'SIGKILL');
  await exited;
}

async function fail(failure: unknown): Promise<void> {
  const log = await readFile(logFile, 'utf8').catch(() => '');
  const reason = failure instanceof Error ? failure.message : String(failure);
  const tail = log.slice(-keptLogChars).trim();
  state = { ...state, phase: 'failed', failure: tail === '' ? reason : `${reason}\n${tail}` };
  await writeState(stack, state);
}
