import { counted } from '../../base/units.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { type Addressed, addressed, resolveAddress } from '../../pipeline/graph/address.ts';
import { writtenBy } from '../../source/definition.ts';
import type { TopicState } from '../../stream/stream.ts';
import { type Found, faulty, type Link, type Probe, waiting, well } from '../link.ts';
import { ranText, tellingRun } from './telling-run.ts';

/**
 * Streams, and the sources that fill them: a stream that took nothing is the fault of what should fill it. One that others
 * fill has only not begun.
 */
export const probeStreams: Probe = async (engine, pipeline) => {
  const stream = await engine.stream();
  const isExact = stream.capabilities.densePositions;
  const links: Link[] = [];
  for (const entry of addressed([pipeline], 'stream')) {
    const topic = await stream.describe(entry.definition.topic);
    const ever = topic?.state.some(({ end }) => end > 0n) ?? false;
    const intoIt = (target: string): boolean =>
      resolveAddress(engine.pipelines, target, ['table', 'stream'], pipeline.name).address === entry.address;
    const sources = addressed([pipeline], 'source').filter(({ definition }) => writtenBy(definition).some(intoIt));
    for (const { address } of sources)
      links.push({ kind: 'source', address, ...(await sourceFound(engine, address, ever)) });
    const isServed = addressed([pipeline], 'gateway').some(({ definition }) => intoIt(definition.into));
    const begins = sources[0] !== undefined ? `playhead run ${sources[0].address}` : beginning(entry.address, isServed);
    links.push({
      kind: 'stream',
      address: entry.address,
      ...(ever ? recordsFound(topic, isExact) : emptyFound(entry, topic, begins)),
    });
  }
  return links;
};

function beginning(stream: string, isServed: boolean): string {
  return isServed ? 'playhead serve' : `playhead produce ${stream} --file FILE`;
}

async function sourceFound(engine: Engine, address: string, ever: boolean): Promise<Found> {
  const telling = await tellingRun(engine, address);
  if (telling.fault !== undefined) return telling.fault;
  const ran = ranText(telling, engine.effects.clock.now());
  if (ever || telling.isAtWork) return well(ran ?? 'never ran here', telling.warnings);
  return faulty(ran === undefined ? 'never ran' : `${ran}, and sent nothing`, `playhead run ${address}`);
}

/** Where markers of transactions take positions, too, they say no more than how many records there are at most. */
function recordsFound(topic: TopicState | undefined, isExact: boolean): Found {
  const records = topic?.state.reduce((sum, { count }) => sum + count, 0) ?? 0;
  return well(`${isExact || records === 0 ? '' : '≤ '}${counted(records, 'record')}`);
}

function emptyFound({ definition }: Addressed<'stream'>, topic: TopicState | undefined, begins: string): Found {
  return waiting(topic === undefined ? `the topic ${definition.topic} is not there yet` : 'took no record yet', begins);
}
