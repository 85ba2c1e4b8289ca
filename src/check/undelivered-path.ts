import { type DeliveryFigures, noDelivery } from '../ledger/account.ts';
import { undelivered } from '../ledger/delivery-ledger.ts';
import { logFaults, unreadableRecords } from '../ledger/log-faults.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import type { Engine } from '../pipeline/engine/bind.ts';
import { type Addressed, addressed, resolveAddress } from '../pipeline/graph/address.ts';
import type { Path } from './path.ts';
import { countHeld, heldTopic, streamFigures } from './stream-figures.ts';

/** Streams of a pipeline that no delivery of any reads, each as a path that ends where it begins: all that it holds is pending. */
export async function undeliveredPaths(engine: Engine, pipeline: PipelineDefinition): Promise<readonly Path[]> {
  const read = new Set(
    addressed(engine.pipelines, 'delivery').map((delivery) => {
      return resolveAddress(engine.pipelines, delivery.definition.from, ['stream'], delivery.pipeline).address;
    }),
  );
  const paths: Path[] = [];
  for (const stream of addressed([pipeline], 'stream'))
    if (!read.has(stream.address)) paths.push(await undeliveredPath(engine, stream));
  return paths;
}

async function undeliveredPath(engine: Engine, { address, definition }: Addressed<'stream'>): Promise<Path> {
  const stream = await engine.stream();
  const topic = await stream.describe(definition.topic);
  const partitions = topic?.state ?? [];
  const held = await heldTopic(stream, definition.topic, partitions);
  const { account } = held;
  const positions = new Map(partitions.map(({ partition, start }) => [partition, start]));
  const unreadable = account === undefined ? 0 : unreadableRecords(account, positions);
  const ledger = undelivered(topic);
  const pendingRecords = await countHeld(stream, held);
  const figures = await streamFigures(stream, held, { topic, series: [], positions, pendingRecords, gaps: [] }, ledger);
  const delivery: DeliveryFigures = {
    ...ledger.figures,
    missing: [],
    missingErrors: [],
    pending: pendingRecords - unreadable,
    unregistered: 0,
    unreadable,
  };
  return {
    stream: address,
    table: noDelivery,
    streamFigures: figures,
    delivery,
    jobs: [],
    derived: [],
    topic: definition.topic,
    ...(account === undefined ? {} : { streamAccount: account }),
    deliveryLedger: ledger,
    jobLedgers: [],
    faults: account === undefined ? [] : logFaults(definition.topic, account),
  };
}
