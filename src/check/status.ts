import { isPlayheadError } from '../base/errors.ts';
import { type DeliveryState, deliveryState } from '../delivery/state.ts';
import type { Run } from '../orchestrate/runs.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import type { Engine } from '../pipeline/engine/bind.ts';
import { registeredObjects } from '../pipeline/engine/registered-objects.ts';
import { addressed } from '../pipeline/graph/address.ts';
import { deliverySubject } from '../pipeline/graph/delivery-subject.ts';
import { tableName } from '../pipeline/graph/table-names.ts';
import { type Freshness, freshnessOf } from '../quality/freshness.ts';
import { arrivalNow } from '../stream/arrival-clock.ts';

export interface StreamStatus {
  readonly address: string;
  readonly topic: string;
  readonly partitions: number;
  /** Records that the log holds; with `atMost`, no more than that: markers of transactions take positions, too. */
  readonly depth: number;
  readonly atMost?: true;
  readonly lastArrivalMs?: number;
}

export interface DeliveryStatus {
  readonly address: string;
  readonly pending: number;
  /** Wall clock. */
  readonly lastFlushMs?: number;
  /**
   * On the stream's arrival clock, which is the simulated day's in a simulation: how old the newest delivered record is while
   * others wait, 0 where none waits. That nothing new came is the source's matter, and no delay of the delivery.
   */
  readonly lagMs?: number;
  readonly freshness?: Freshness;
  /** Partitions whose records the log lost before they were delivered; all of them where it is another log. */
  readonly gaps: number;
}

export interface TableStatus {
  readonly address: string;
  readonly table: string;
  readonly partitions: number;
  readonly objects: number;
  readonly rows: number;
  readonly sizeBytes: number;
  /** As in the path of the newest partition: `year=2025/month=08`. */
  readonly newestPartition?: string;
}

export interface PipelineStatus {
  readonly pipeline: string;
  readonly streams: readonly StreamStatus[];
  readonly deliveries: readonly DeliveryStatus[];
  readonly tables: readonly TableStatus[];
  /** The last run of each address that ever ran. */
  readonly lastRuns: readonly Run[];
}

/** The flow at a glance. Reads only; what does not exist yet counts as empty. */
export async function readStatus(
  engine: Engine,
  pipelines: readonly PipelineDefinition[] = engine.pipelines,
): Promise<readonly PipelineStatus[]> {
  const lastRuns = (await engine.runs()).lastOfEach();
  const statuses: PipelineStatus[] = [];
  for (const pipeline of pipelines) {
    statuses.push({
      pipeline: pipeline.name,
      streams: await streamsOf(engine, pipeline),
      deliveries: await deliveriesOf(engine, pipeline),
      tables: await tablesOf(engine, pipeline),
      lastRuns: lastRuns.filter(({ address }) => address.startsWith(`${pipeline.name}.`)),
    });
  }
  return statuses;
}

async function streamsOf(engine: Engine, pipeline: PipelineDefinition): Promise<StreamStatus[]> {
  const stream = await engine.stream();
  const found: StreamStatus[] = [];
  for (const { address, definition } of addressed([pipeline], 'stream')) {
    const topic = await stream.describe(definition.topic);
    found.push({
      address,
      topic: definition.topic,
      partitions: topic?.partitions ?? definition.partitions,
      depth: topic?.state.reduce((sum, { count }) => sum + count, 0) ?? 0,
      ...(stream.capabilities.densePositions ? {} : { atMost: true as const }),
      ...(topic?.lastArrivalMs === undefined ? {} : { lastArrivalMs: topic.lastArrivalMs }),
    });
  }
  return found;
}

async function deliveriesOf(engine: Engine, pipeline: PipelineDefinition): Promise<DeliveryStatus[]> {
  const ports = { stream: await engine.stream(), lake: await engine.lake() };
  const found: DeliveryStatus[] = [];
  for (const entry of addressed([pipeline], 'delivery')) {
    const subject = deliverySubject(engine.pipelines, entry);
    const state = await deliveryState(subject, ports, engine.effects).catch((error: unknown) => {
      if (!isPlayheadError(error, 'PH_DELIVERY_GAP')) throw error;
      return undefined;
    });
    if (state === undefined) {
      found.push({ address: entry.address, pending: 0, gaps: subject.stream.partitions });
      continue;
    }
    const topic = await ports.stream.describe(subject.stream.topic);
    const nowMs = topic === undefined ? undefined : arrivalNow(topic, engine.effects.clock.now());
    const { lastFlush } = state;
    const lagMs = nowMs === undefined ? undefined : lagOf(state, nowMs);
    found.push({
      address: entry.address,
      pending: state.pendingRecords,
      gaps: state.gaps.length,
      ...(lastFlush === undefined ? {} : { lastFlushMs: lastFlush.committedAtMs }),
      ...(lagMs === undefined ? {} : { lagMs, freshness: freshnessOf(lagMs) }),
    });
  }
  return found;
}

function lagOf({ lastFlush, pendingRecords }: DeliveryState, nowMs: number): number | undefined {
  if (lastFlush === undefined) return undefined;
  return pendingRecords === 0 ? 0 : Math.max(0, nowMs - lastFlush.newestArrivalMs);
}

async function tablesOf(engine: Engine, pipeline: PipelineDefinition): Promise<TableStatus[]> {
  const catalog = await engine.catalog();
  const found: TableStatus[] = [];
  for (const entry of addressed([pipeline], 'table')) {
    const { address, definition } = entry;
    const { database, name } = definition;
    const objects = await registeredObjects(engine, entry);
    const exists = (await catalog.table(database, name)) !== undefined;
    const partitions = exists ? await catalog.partitions(database, name) : [];
    const newest = partitions
      .map(({ location }) => location)
      .sort()
      .at(-1);
    found.push({
      address,
      table: tableName(entry),
      partitions: partitions.length,
      objects: objects.length,
      rows: objects.reduce((sum, { rows }) => sum + rows, 0),
      sizeBytes: objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      ...(newest === undefined ? {} : { newestPartition: newest.slice(definition.location.length).replace(/\/$/, '') }),
    });
  }
  return found;
}
