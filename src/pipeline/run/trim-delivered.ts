import type { Logger } from '../../base/effects.ts';
import { isPlayheadError } from '../../base/errors.ts';
import { deliveryStanding } from '../../delivery/state.ts';
import { knownPipelines } from '../apply/apply.ts';
import type { Engine } from '../engine/bind.ts';
import { addressed } from '../graph/address.ts';
import { deliverySubject } from '../graph/delivery-subject.ts';

/**
 * Drops from a topic what is past its retention, counted from its append, and what every delivery of this home that
 * reads it has committed: the slowest one keeps it back, also one of another config, and one that has not begun keeps
 * all of it. Where none reads it, retention alone decides. Returns how many records went; those of a log's last segment stay until the segment can go whole.
 */
export async function trimTopic(engine: Engine, topic: string): Promise<number> {
  const stream = await engine.stream();
  const described = await stream.describe(topic);
  if (described === undefined) return 0;
  const lake = await engine.lake();
  const pipelines = await knownPipelines(engine);
  const subjects = addressed(pipelines, 'delivery')
    .map((entry) => deliverySubject(pipelines, entry))
    .filter((subject) => subject.stream.topic === topic);
  const below = described.state.map(({ end }) => end);
  for (const subject of subjects) {
    const { positions } = await deliveryStanding(subject, { lake, stream }, engine.effects);
    for (const [partition, end] of below.entries()) {
      const position = positions.get(partition) ?? 0n;
      if (position < end) below[partition] = position;
    }
  }
  const dropped = await stream.trim(topic, below, engine.effects.clock.now() - described.retentionMs);
  return dropped.reduce((sum, count) => sum + count, 0);
}

/** A live delivery runs for weeks: its topic is trimmed this often beside it. */
const liveTrimMs = 3_600_000;

/** Trims a topic every hour until the signal aborts. A trim that fails is logged: the next one takes what it left. */
export async function trimHourly(engine: Engine, topic: string, signal: AbortSignal, log: Logger): Promise<void> {
  for (;;) {
    try {
      await engine.effects.clock.sleep(liveTrimMs, signal);
      await trimAndLog(engine, topic, log);
    } catch (error) {
      if (signal.aborted) return;
      if (!isPlayheadError(error)) throw error;
      log.log('warn', `not trimmed: ${error.message}`, { topic });
    }
  }
}

export async function trimAndLog(engine: Engine, topic: string, log: Logger): Promise<void> {
  const records = await trimTopic(engine, topic);
  if (records > 0) log.log('info', 'trimmed what is delivered and past retention', { topic, records });
}
