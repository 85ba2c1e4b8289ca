import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkerPlace } from '../kill/worker-place.ts';
import { type Blow, workerRound, zombieRound } from '../kill/worker-rounds.ts';
import { mortalServer } from './mortal-server.ts';

/** A broker and an object store of rounds' own, both of which can be killed. */
export interface SharedServers {
  /** A round of workers between them, with blows to both. */
  round(seed: number): Promise<void>;
  /** A round with one worker that stands still past its lease at this step. */
  zombie(step: Parameters<typeof zombieRound>[0], ignored?: Parameters<typeof zombieRound>[2]): Promise<void>;
  stop(): Promise<void>;
}

export async function sharedServers(): Promise<SharedServers> {
  const folder = await mkdtemp(join(tmpdir(), 'playhead-shared-'));
  const store = await mortalServer('s3', folder);
  const broker = await mortalServer('kafka', folder).catch(async (failure: unknown) => {
    await store.stop();
    throw failure;
  });
  const blows: readonly Blow[] = [broker.strike, store.strike];
  const placeOf = (name: string): WorkerPlace => {
    const { endpoint = '', region = '', bucket = '', credentials = '' } = store.settings;
    return {
      home: join(folder, name),
      topic: `ticks-${name}`,
      // A broker that starts beside others may take its time.
      kafka: { brokers: [broker.settings['brokers'] ?? ''], patienceMs: 300_000 },
      s3: { endpoint, region, bucket, prefix: `${name}/`, pathStyle: true, credentials: { file: credentials } },
    };
  };
  return {
    round: (seed) => workerRound(seed, placeOf(`round-${seed}`), blows),
    zombie: (step, ignored) => zombieRound(step, placeOf(`zombie-${step}-${ignored ?? 'none'}`), ignored),
    stop: async () => {
      await Promise.all([broker.stop(), store.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
