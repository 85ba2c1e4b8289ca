import type { Work } from './small-home.ts';

/** A named step of durable work, and a kind of process that reaches it. */
export interface KillStep {
  readonly work: Work;
  /** `any`: whichever the process comes to. */
  readonly step: string;
  /** How often the work surely reaches the step: it is struck at one of these times. */
  readonly reaches: number;
  /** Over how many lanes the delivery goes on from here; one otherwise. */
  readonly lanes?: number;
}

/** What writes the log: the generator (the simulator with its reference tables), a plain log writer, the log's upkeep. */
export const writerSteps: readonly KillStep[] = [
  { work: 'generate', step: 'seed-table.planned', reaches: 2 },
  { work: 'produce', step: 'stream.segment-written', reaches: 2 },
  { work: 'generate', step: 'stream.indexed', reaches: 2 },
  { work: 'generate', step: 'seed-table.object', reaches: 2 },
  { work: 'produce', step: 'stream.indexed', reaches: 2 },
  { work: 'generate', step: 'any', reaches: 10 },
  { work: 'trim', step: 'stream.trimmed', reaches: 1 },
  { work: 'generate', step: 'stream.segment-written', reaches: 2 },
  { work: 'produce', step: 'any', reaches: 10 },
  { work: 'generate', step: 'seed-table.committed', reaches: 2 },
];

export const deliverySteps: readonly KillStep[] = [
  { work: 'deliver', step: 'delivery.planning', reaches: 2 },
  { work: 'deliver', step: 'delivery.planned', reaches: 2 },
  { work: 'deliver', step: 'delivery.putting', reaches: 2 },
  { work: 'deliver', step: 'delivery.object', reaches: 2 },
  { work: 'deliver', step: 'delivery.committing', reaches: 2 },
  { work: 'deliver', step: 'delivery.committed', reaches: 2 },
  { work: 'deliver', step: 'delivery.registered', reaches: 2 },
  { work: 'deliver', step: 'series.closing', reaches: 1, lanes: 2 },
  { work: 'deliver', step: 'any', reaches: 10 },
];

export const curationSteps: readonly KillStep[] = [
  { work: 'curate', step: 'job.planning', reaches: 1 },
  { work: 'curate', step: 'job.planned', reaches: 1 },
  { work: 'curate', step: 'table.publishing', reaches: 2 },
  { work: 'curate', step: 'job.sidecar', reaches: 2 },
  { work: 'curate', step: 'job.object', reaches: 2 },
  { work: 'curate', step: 'job.quarantined', reaches: 1 },
  { work: 'curate', step: 'job.committed', reaches: 1 },
  { work: 'curate', step: 'job.registered', reaches: 1 },
  { work: 'curate', step: 'any', reaches: 8 },
];

/** Every step at which a round strikes. */
export const killSteps: readonly KillStep[] = [...writerSteps, ...deliverySteps, ...curationSteps];

/** Steps of the source at which no round strikes, and why. */
export const spared: Readonly<Record<string, string>> = {
  'series.checkpoint': 'comes every hundred commits; a checkpoint is a hint that is never trusted beyond what exists',
  'job.kept': 'keeps what a check refused, for people to look at; the next run begins it anew',
  'replay.chosen': 'struck in tests/transform/replay.test.ts: the small pipeline quarantines nothing',
  'replay.rewritten': 'struck in tests/transform/replay.test.ts',
  'query.series': 'a query writes nothing that lasts',
  'query.snapshot': 'a query writes nothing that lasts',
};
