import { arrivalNow } from '../../stream/arrival-clock.ts';
import type { PipelineDefinition } from '../definition.ts';
import { resolveAddress } from '../graph/address.ts';
import { writerOf } from '../graph/writers.ts';
import type { Engine } from './bind.ts';

/** The time on the arrival clock of the stream that feeds a table; undefined where none does, or nothing came. */
export async function arrivalNowOf(engine: Engine, table: string): Promise<number | undefined> {
  const topic = topicOf(engine.pipelines, table);
  if (topic === undefined) return undefined;
  const state = await (await engine.stream()).describe(topic);
  return state === undefined ? undefined : arrivalNow(state, engine.effects.clock.now());
}

/** The topic whose records a table was made from, through the jobs between; undefined where they came from elsewhere. */
function topicOf(pipelines: readonly PipelineDefinition[], table: string): string | undefined {
  const writer = writerOf(pipelines, table);
  if (writer === undefined || writer.kind === 'source') return undefined;
  const { from } = writer.definition;
  const source = resolveAddress(pipelines, from, [writer.kind === 'job' ? 'table' : 'stream'], writer.pipeline);
  return source.kind === 'stream' ? source.definition.topic : topicOf(pipelines, source.address);
}
