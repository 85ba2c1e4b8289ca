import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launched } from './mortal-server.ts';

/** A broker that a test may kill and start again on the same data. */
export interface OwnBroker {
  readonly address: string;
  kill(): Promise<void>;
  /** Resolves when it answers. */
  start(): Promise<void>;
  remove(): Promise<void>;
}

export async function ownBroker(): Promise<OwnBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'playhead-broker-'));
  const { launch, server } = await launched('kafka', join(folder, 'kafka'));
  return {
    address: launch.settings['brokers'] ?? '',
    kill: () => server.kill(),
    start: () => server.start(),
    remove: async () => {
      await server.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
