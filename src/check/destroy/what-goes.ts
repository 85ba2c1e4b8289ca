import { join } from 'node:path';
import { readApplied } from '../../pipeline/apply/apply.ts';
import type { PipelineDefinition } from '../../pipeline/definition.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { readStatus } from '../status.ts';

/** What a home has that would go with it, for whoever has to say yes. */
export interface WhatGoes {
  readonly home: string;
  readonly tables: readonly { readonly table: string; readonly rows: number; readonly sizeBytes: number }[];
  readonly topics: readonly {
    readonly topic: string;
    readonly records: number;
    /** In the home's own log; one elsewhere stays: nothing says who made it, and who else reads it. */
    readonly goes: boolean;
  }[];
  /** Records that no delivery has brought into the lake. */
  readonly undelivered: number;
  /** The lake is a bucket that other homes may use, too. */
  readonly bucket: boolean;
}

/** The pipelines that this home was made for: what others put into the same lake is theirs. */
export async function ownPipelines(engine: Engine): Promise<readonly PipelineDefinition[]> {
  const { pipelines, removed } = await readApplied(engine);
  return [...pipelines, ...removed];
}

/** Reads only. */
export async function whatGoes(engine: Engine): Promise<WhatGoes> {
  // Whatever is loaded where the command is called: what is applied here goes.
  const statuses = await readStatus({ ...engine, pipelines: (await readApplied(engine)).pipelines });
  const { home, effects } = engine;
  return {
    home: home.root,
    tables: statuses.flatMap(({ tables }) =>
      tables.filter(({ objects }) => objects > 0).map(({ table, rows, sizeBytes }) => ({ table, rows, sizeBytes })),
    ),
    topics: statuses.flatMap(({ streams }) =>
      streams.map(({ topic, depth }) => ({
        topic,
        records: depth,
        goes: effects.fs.lstatSync(join(home.log, topic), { throwIfNoEntry: false }) !== undefined,
      })),
    ),
    undelivered: statuses.flatMap(({ deliveries }) => deliveries).reduce((sum, { pending }) => sum + pending, 0),
    bucket: !(await engine.lake()).capabilities.localFiles,
  };
}
