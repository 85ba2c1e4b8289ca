import { deliveryState } from '../delivery/state.ts';
import { addressed } from './address.ts';
import { readApplied } from './apply.ts';
import type { Engine } from './bind.ts';
import { deliverySubject } from './subject.ts';

/**
 * Drops from a topic what is past its retention, counted from its append, and what every delivery of this home that
 * reads it has committed: the slowest one keeps it back, also one of another config, and one that has not begun keeps
 * all of it. Returns how many records went; those of a log's last segment stay until the segment can go whole.
 */
export async function trimDelivered(engine: Engine, topic: string): Promise<number> {
  const stream = await engine.stream();
  const described = await stream.describe(topic);
  if (described === undefined) return 0;
  const lake = await engine.lake();
  const loaded = new Set(engine.pipelines.map(({ name }) => name));
  const others = (await readApplied(engine)).pipelines.filter(({ name }) => !loaded.has(name));
  const pipelines = [...engine.pipelines, ...others];
  const subjects = addressed(pipelines, 'delivery')
    .map((entry) => deliverySubject(pipelines, entry))
    .filter((subject) => subject.stream.topic === topic);
  if (subjects.length === 0) return 0;
  const below = described.state.map(({ end }) => end);
  for (const subject of subjects) {
    const { positions } = await deliveryState(subject, { lake, stream }, engine.effects);
    for (const [partition, end] of below.entries()) {
      const position = positions.get(partition) ?? 0n;
      if (position < end) below[partition] = position;
    }
  }
  const dropped = await stream.trim(topic, below, engine.effects.clock.now() - described.retentionMs);
  return dropped.reduce((sum, count) => sum + count, 0);
}
