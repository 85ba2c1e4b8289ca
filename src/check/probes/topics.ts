import { counted } from '../../base/units.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { type Addressed, addressed } from '../../pipeline/graph/address.ts';
import { type Found, faulty, type Link, type Probe, well } from '../link.ts';
import { lacking, reached } from './reached.ts';

/** Whether the topics of a log on servers can be used: rights, and whether what is there is what is defined. */
export const probeTopics: Probe = async (engine, pipeline) => {
  const links: Link[] = [];
  for (const entry of addressed([pipeline], 'stream')) {
    const link = { kind: 'topic', address: entry.address } as const;
    links.push(...(await reached(link, () => topicLink(engine, entry))));
  }
  return links;
};

async function topicLink(engine: Engine, { definition }: Addressed<'stream'>): Promise<Found | undefined> {
  const stream = await engine.stream();
  if (stream.missingRights === undefined) return undefined;
  const { topic, partitions } = definition;
  const [first, ...others] = await stream.missingRights(topic);
  if (first !== undefined) return lacking('these credentials', [first, ...others]);
  const there = await stream.describe(topic);
  if (there === undefined) return well(`every right is there; ${topic} is made by the first write`);
  if (there.partitions !== partitions) {
    const finding = `${topic} has ${counted(there.partitions, 'partition')}, the definition says ${partitions}`;
    return faulty(finding, 'define as many as the topic has, or another topic');
  }
  return well(`every right is there; ${counted(partitions, 'partition')}`);
}
