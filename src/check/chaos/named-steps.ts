/** What a process does that is struck. */
export const works = ['reference', 'simulate', 'produce', 'deliver', 'job'] as const;
export type Work = (typeof works)[number];

/** A named step of durable work. */
export interface NamedStep {
  readonly step: string;
  /** How often small work surely reaches it: it is struck at one of these times. */
  readonly reaches: number;
  /** Reached only past the retention of the log: the clock has to be ahead. */
  readonly pastRetention?: true;
}

/** The steps that each work reaches; `any` is whichever it comes to. */
export const namedSteps: Readonly<Record<Work, readonly NamedStep[]>> = {
  reference: [
    { step: 'seed-table.planned', reaches: 1 },
    { step: 'seed-table.object', reaches: 1 },
    { step: 'seed-table.committed', reaches: 1 },
  ],
  simulate: [
    { step: 'stream.segment-written', reaches: 2 },
    { step: 'stream.indexed', reaches: 2 },
    { step: 'any', reaches: 4 },
  ],
  produce: [
    { step: 'stream.segment-written', reaches: 1 },
    { step: 'stream.indexed', reaches: 1 },
  ],
  deliver: [
    { step: 'delivery.planning', reaches: 1 },
    { step: 'delivery.planned', reaches: 1 },
    { step: 'delivery.putting', reaches: 2 },
    { step: 'delivery.object', reaches: 2 },
    { step: 'delivery.committing', reaches: 1 },
    { step: 'delivery.committed', reaches: 1 },
    { step: 'delivery.registered', reaches: 1 },
    { step: 'stream.trimmed', reaches: 1, pastRetention: true },
    { step: 'any', reaches: 8 },
  ],
  job: [
    { step: 'job.planning', reaches: 1 },
    { step: 'job.planned', reaches: 1 },
    { step: 'table.publishing', reaches: 2 },
    { step: 'job.sidecar', reaches: 1 },
    { step: 'job.object', reaches: 1 },
    { step: 'job.quarantined', reaches: 1 },
    { step: 'job.committed', reaches: 1 },
    { step: 'job.registered', reaches: 1 },
    { step: 'any', reaches: 6 },
  ],
};
