import { join } from 'node:path';
import type { TableDefinition } from '../../catalog/definition.ts';
import type { AnswerPages } from '../../govern/erase/answer-page.ts';
import type { ErasePorts } from '../../govern/erase/ports.ts';
import type { RestSource } from '../../source/rest/definition.ts';
import { readApplied } from '../apply/apply.ts';
import type { PipelineDefinition } from '../definition.ts';
import type { Engine } from '../engine/bind.ts';
import { addressed, resolveAddress } from '../graph/address.ts';
import { isDerived, recordJobs, writerOf } from '../graph/writers.ts';

/** What an erasure works on: the home's places, and what the definitions say of them. */
export async function boundPorts(engine: Engine): Promise<Omit<ErasePorts, 'store' | 'session' | 'scratch'>> {
  const { home } = engine;
  const pipelines = await everyPipeline(engine);
  const tableOf = (address: string, pipeline: string): TableDefinition =>
    resolveAddress(pipelines, address, ['table'], pipeline).definition;
  const derived = addressed(pipelines, 'job').filter((job) => isDerived(pipelines, job));
  return {
    home: home.root,
    lakeFolder: home.lake,
    copiesFolder: join(home.cache, 'objects'),
    stream: await engine.stream(),
    topics: [...new Set(addressed(engine.pipelines, 'stream').map(({ definition }) => definition.topic))],
    jobs: recordJobs(pipelines).map(({ address, definition: { unique, into }, pipeline }) => {
      return { job: address, key: unique?.as ?? unique?.key ?? [], table: tableOf(into, pipeline) };
    }),
    derivedJobs: derived.flatMap(({ address, definition, pipeline }) => {
      const input = resolveAddress(pipelines, definition.from, ['table'], pipeline).address;
      const from = writerOf(pipelines, input)?.address;
      return from === undefined ? [] : [{ job: address, from }];
    }),
    pages: addressed(pipelines, 'source').flatMap(({ definition, pipeline }) =>
      definition.source === 'rest' ? answerPages(definition, (into) => tableOf(into, pipeline).location) : [],
    ),
    catalog: await engine.catalog(),
    ring: (await engine.keys()).ring,
  };
}

/** Those that are loaded, and others that the home was told of: what they made lies there too. */
export async function everyPipeline(engine: Engine): Promise<readonly PipelineDefinition[]> {
  const loaded = new Set(engine.pipelines.map(({ name }) => name));
  const { pipelines } = await readApplied(engine);
  return [...engine.pipelines, ...pipelines.filter(({ name }) => !loaded.has(name))];
}

function answerPages({ endpoints }: RestSource, locationOf: (into: string) => string): readonly AnswerPages[] {
  const byTable = Map.groupBy(Object.values(endpoints), ({ into }) => into);
  return [...byTable].map(([into, own]) => {
    return { location: locationOf(into), lists: [...new Set(own.map(({ records }) => records))] };
  });
}
