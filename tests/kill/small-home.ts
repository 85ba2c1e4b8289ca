import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Effects } from '../../src/base/effects.ts';
import { type Duck, openDuck } from '../../src/duck/duck.ts';
import type { ObjectStore } from '../../src/lake/object-store.ts';
import type { JobPorts } from '../../src/transform/bound-job.ts';
import { curate } from './small-curation.ts';
import { openSmallPipeline, type SmallPipeline } from './small-pipeline.ts';
import { generate } from './small-sessions.ts';

/** How far the sources are to come, and over how many lanes is delivered. */
export interface Extent {
  /** Records of the log writer. */
  readonly ticks: number;
  /** Slots of five minutes of the generator. */
  readonly slots: number;
  readonly lanes: number;
}

/** What each kind of process does. All of it can be begun again at any point. */
export interface SmallHome {
  readonly pipeline: SmallPipeline;
  readonly jobPorts: () => Promise<JobPorts>;
  readonly work: Readonly<Record<Work, (extent: Extent, leaseTtlMs?: number) => Promise<void>>>;
  close(): Promise<void>;
}

/** The generator, the log writer and its upkeep, delivery, curation. */
export const works = ['generate', 'produce', 'trim', 'deliver', 'curate'] as const;
export type Work = (typeof works)[number];

/** Opens what the processes of a round share. DuckDB is loaded by those that need it. */
export async function openSmallHome(
  home: string,
  effects: Effects,
  lakeOf?: (lake: ObjectStore) => ObjectStore,
): Promise<SmallHome> {
  const pipeline = await openSmallPipeline(home, effects, lakeOf);
  const { lake: store, catalog, stream } = pipeline.ports;
  let duck: Promise<Duck> | undefined;
  const jobPorts = async (): Promise<JobPorts> => {
    duck ??= openSmallDuck(join(home, 'tmp'));
    return { store, catalog, duck: await duck };
  };
  return {
    pipeline,
    jobPorts,
    work: {
      generate: async ({ slots }) => {
        if (slots > 0) await generate(stream, await jobPorts(), slots, effects);
      },
      produce: ({ ticks }) => pipeline.produce(ticks),
      trim: ({ lanes }) => pipeline.trim(lanes),
      deliver: ({ lanes }, leaseTtlMs) => pipeline.deliver(lanes, leaseTtlMs === undefined ? {} : { leaseTtlMs }),
      curate: async () => curate(await jobPorts(), effects),
    },
    close: async () => {
      await (await duck)?.close();
      await pipeline.close();
    },
  };
}

async function openSmallDuck(temporaryDirectory: string): Promise<Duck> {
  await mkdir(temporaryDirectory, { recursive: true });
  return openDuck({ memoryBytes: 128 * 1024 ** 2, threads: 1, temporaryDirectory });
}
