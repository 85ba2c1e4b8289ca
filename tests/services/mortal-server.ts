import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ServiceName, services } from '../../services/catalogue.ts';
import { onFreePorts } from '../../services/free-port.ts';
import { installed } from '../../services/install.ts';
import { runProgram } from '../../services/run-program.ts';
import type { Launch } from '../../services/service.ts';
import { MortalProcess } from './mortal-process.ts';
import type { Settings } from './servers.ts';

/** A server that is killed, and started again where it was: on the same ports, with the data that it had written. */
export interface MortalServer {
  readonly settings: Settings;
  /** Kills it, starts it again, and resolves when it answers. */
  strike(): Promise<void>;
  stop(): Promise<void>;
}

export async function mortalServer(name: ServiceName, folder: string): Promise<MortalServer> {
  const { launch, server } = await launched(name, join(folder, name));
  let struck = Promise.resolve();
  let isStopped = false;
  await launch.furnish?.();
  return {
    settings: launch.settings,
    strike: () => {
      struck = struck.then(async () => {
        if (isStopped) return;
        await server.kill();
        await server.start();
      });
      return struck;
    },
    stop: async () => {
      isStopped = true;
      // One that is being started again would stay.
      await struck.catch(() => {});
      await server.kill();
    },
  };
}

/** A service's server with its data in a folder, which need not be there; it answers. */
export async function launched(
  name: ServiceName,
  data: string,
): Promise<{ readonly launch: Launch; readonly server: MortalProcess }> {
  const service = services[name];
  const installation = await installed(name, service, (line) => process.stderr.write(`${line}\n`));
  return onFreePorts(async (freePort) => {
    await rm(data, { recursive: true, force: true });
    await mkdir(data, { recursive: true });
    const launch = await service.launch({ installed: installation, data, freePort, run: runProgram });
    const server = new MortalProcess(launch, data);
    await server.start();
    return { launch, server };
  });
}
