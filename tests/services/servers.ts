import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceName } from '../../services/catalogue.ts';
import { startServers } from '../../services/up.ts';

export type Settings = Readonly<Record<string, string>>;

/** Servers of a suite's own, which end with it, however it ends. A server that can't be had fails the suite. */
export interface SuiteServers {
  readonly folder: string;
  readonly settings: (name: ServiceName) => Settings;
  readonly stop: () => Promise<void>;
}

export async function suiteServers(...names: readonly ServiceName[]): Promise<SuiteServers> {
  const folder = await mkdtemp(join(tmpdir(), 'playhead-suite-'));
  const held = await startServers({ folder }, names, (line) => process.stderr.write(`${line}\n`));
  return {
    folder,
    settings: (name) => {
      const found = held.servers.find((server) => server.name === name);
      if (found === undefined) throw new Error(`the suite did not ask for ${name}`);
      return found.settings;
    },
    stop: async () => {
      await held.stop();
      await rm(folder, { recursive: true });
    },
  };
}
