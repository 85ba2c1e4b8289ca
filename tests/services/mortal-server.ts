import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { bound } from '../../services/bound.ts';
import { type ServiceName, services } from '../../services/catalogue.ts';
import { freePort } from '../../services/free-port.ts';
import { installed } from '../../services/install.ts';
import { runProgram } from '../../services/run-program.ts';
import type { Launch } from '../../services/service.ts';
import type { Settings } from './servers.ts';

/** A server that is killed, and started again where it was: on the same ports, with the data that it had written. */
export interface MortalServer {
  readonly settings: Settings;
  /** Kills it, starts it again, and resolves when it answers. */
  strike(): Promise<void>;
  stop(): Promise<void>;
}

export async function mortalServer(name: ServiceName, folder: string): Promise<MortalServer> {
  const data = join(folder, name);
  await mkdir(data, { recursive: true });
  const installation = await installed(name, services[name], (line) => process.stderr.write(`${line}\n`));
  const launch = await services[name].launch({ installed: installation, data, freePort, run: runProgram });
  let server = await started(launch, data);
  let struck = Promise.resolve();
  let isStopped = false;
  await launch.furnish?.();
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  };
  return {
    settings: launch.settings,
    strike: () => {
      struck = struck.then(async () => {
        if (isStopped) return;
        await kill();
        server = await started(launch, data);
      });
      return struck;
    },
    stop: async () => {
      isStopped = true;
      // One that is being started again would stay.
      await struck.catch(() => {});
      await kill();
    },
  };
}

/** It dies with this process, however that ends. */
async function started({ program, answers }: Launch, data: string): Promise<ChildProcess> {
  const { file, args } = bound(program);
  const child = spawn(file, args, {
    cwd: program.cwd ?? data,
    env: { ...process.env, ...program.env },
    stdio: 'ignore',
  });
  while (!(await answers().catch(() => false))) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${file} ended while it started, with ${child.exitCode ?? child.signalCode}`);
    await wait(100);
  }
  return child;
}
