import { counted } from '../../base/units.ts';
import type { Run } from '../../orchestrate/runs.ts';
import { type Addressed, addressed, resolveAddress } from '../../pipeline/address.ts';
import { writtenBy } from '../../source/definition.ts';
import type { TopicState } from '../../stream/stream.ts';
import type { Link, Probe } from '../link.ts';

/** Streams, and the sources that fill them: a stream that took nothing is the fault of what should fill it. */
export const probeStreams: Probe = async (engine, pipeline) => {
  const stream = await engine.stream();
  const runs = (await engine.runs()).lastOfEach();
  const links: Link[] = [];
  for (const entry of addressed([pipeline], 'stream')) {
    const topic = await stream.describe(entry.definition.topic);
    const ever = topic?.state.some(({ end }) => end > 0n) ?? false;
    const sources = addressed([pipeline], 'source').filter(({ definition }) =>
      writtenBy(definition).some((target) => {
        const into = resolveAddress(engine.pipelines, target, ['table', 'stream'], pipeline.name);
        return into.address === entry.address;
      }),
    );
    for (const { address } of sources) {
      links.push(
        sourceLink(
          address,
          runs.find((run) => run.address === address),
          ever,
        ),
      );
    }
    links.push(streamLink(entry, topic, ever, sources[0]?.address));
  }
  return links;
};

function sourceLink(address: string, last: Run | undefined, ever: boolean): Link {
  const link = { kind: 'source', address } as const;
  const ran = last === undefined ? 'never ran' : `last run ${last.outcome}`;
  if (last?.outcome === 'failed' || last?.outcome === 'lost') {
    const remedy = `playhead logs ${address}`;
    return { ...link, ok: false, finding: `${ran}: ${last.error?.message ?? ''}`, remedy };
  }
  if (ever) return { ...link, ok: true, finding: ran };
  return { ...link, ok: false, finding: `${ran}, and sent nothing`, remedy: `playhead run ${address}` };
}

function streamLink(
  { address, definition }: Addressed<'stream'>,
  topic: TopicState | undefined,
  ever: boolean,
  source: string | undefined,
): Link {
  const link = { kind: 'stream', address } as const;
  if (ever) {
    const held = topic?.state.reduce((sum, { count }) => sum + count, 0) ?? 0;
    return { ...link, ok: true, finding: counted(held, 'record') };
  }
  const finding = topic === undefined ? `the topic ${definition.topic} is not there yet` : 'took no record yet';
  const remedy = source === undefined ? `playhead produce ${address} --file FILE` : `playhead run ${source}`;
  return { ...link, ok: false, finding, remedy };
}
