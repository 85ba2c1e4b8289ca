import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { bound } from '../../services/bound.ts';
import { freePort } from '../../services/free-port.ts';
import { installed } from '../../services/install.ts';
import { kafka } from '../../services/kafka.ts';
import { runProgram } from '../../services/run-program.ts';

/** A broker that a test may kill and start again on the same data. */
export interface OwnBroker {
  readonly address: string;
  kill(): Promise<void>;
  /** Resolves when it answers. */
  start(): Promise<void>;
  remove(): Promise<void>;
}

export async function ownBroker(): Promise<OwnBroker> {
  const folder = await installed('kafka', kafka, () => {});
  const data = await mkdtemp(join(tmpdir(), 'playhead-broker-'));
  const launch = await kafka.launch({ installed: folder, data, freePort, run: runProgram });
  let server: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGKILL');
    await once(server, 'exit');
  };
  const start = async (): Promise<void> => {
    const { file, args } = bound(launch.program);
    server = spawn(file, args, { stdio: 'ignore' });
    while (!(await launch.answers())) {
      if (server.exitCode !== null) throw new Error(`the broker ended with ${server.exitCode}`);
      await wait(100);
    }
  };
  await start();
  return {
    address: launch.settings['brokers'] ?? '',
    kill,
    start,
    remove: async () => {
      await kill();
      await rm(data, { recursive: true, force: true });
    },
  };
}
