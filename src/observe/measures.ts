import type { Attributes, Meter } from '../base/meter.ts';

/** What a measure is taken of, and by which attribute a measurement says so. */
export type MeasureSubject = 'run' | 'source' | 'job' | 'part' | 'gateway' | 'reason' | 'stream' | 'delivery' | 'store';

/** The attribute that names the subject: an address, a topic, or the store's operation. */
export const subjectAttribute: Readonly<Record<MeasureSubject, string>> = {
  run: 'address',
  source: 'address',
  job: 'address',
  part: 'part',
  gateway: 'address',
  reason: 'reason',
  stream: 'topic',
  delivery: 'address',
  store: 'operation',
};

export type MeasureUnit = 'Count' | 'Milliseconds' | 'Seconds' | 'Bytes' | 'Percent' | 'None';

interface Measure {
  /** `counter` adds up; `distribution` has a spread that percentiles ask for; `level` is sampled. */
  readonly kind: 'counter' | 'distribution' | 'level';
  readonly subject: MeasureSubject;
  readonly unit: MeasureUnit;
  /** One measurement is never less, nor more. */
  readonly least: number;
  readonly most?: number;
  readonly meaning: string;
}

/**
 * Everything that the engine measures of itself. A pipeline's metric gives one of these a namespace and a name. Zeros are
 * measured too: a run that did not fail counts 0 failures, so that "none" and "nobody looked" differ.
 */
export const measures = {
  'run.failures': counter('run', 'failed runs: 1 a run that failed, 0 a run that did not', 1),
  'run.duration': distribution('run', 'Milliseconds', 'run time'),
  'run.memory': distribution('run', 'Bytes', 'most memory that the process of a run ever had, up to its end'),
  // Of a source alone: its appends wait for memory. DuckDB, which works for the others, spills to disk instead.
  'run.throttles': counter('source', 'waits for the memory budget during a run'),
  'run.records': counter('run', 'records that a run handled'),
  'source.records': counter('part', 'records that a source took of one endpoint, or into one table'),
  'job.processed': counter('job', 'records that a run of a job wrote or set aside'),
  'job.refused': counter('job', 'records that a run of a job set aside'),
  'job.pass-rate': {
    ...distribution('job', 'Percent', 'of the records that a run of a job wrote or set aside, those that it wrote'),
    most: 100,
  },
  'gateway.requests': counter('gateway', 'requests that were answered', 1),
  'gateway.refusals': counter('gateway', 'requests refused: 1 each answered 4xx or 503, 0 one that was not', 1),
  'gateway.failures': counter(
    'gateway',
    'requests that the server failed: 1 each answered 500 or 507, 0 one that was not',
    1,
  ),
  'gateway.accepted': counter('gateway', 'records acknowledged'),
  'gateway.refused': counter('gateway', 'records refused, each with its issues'),
  'gateway.reasons': counter('reason', 'requests refused or failed, and records refused, for this reason'),
  'gateway.bytes': { ...counter('gateway', 'bodies as they came over the wire'), unit: 'Bytes' },
  'gateway.duration': distribution('gateway', 'Milliseconds', 'from the head of a request to the end of its answer'),
  'stream.appended': counter('stream', 'records appended'),
  'stream.resent': counter('stream', 'records that were in the log before'),
  'stream.refused': counter('stream', 'records of appends that failed'),
  'stream.failures': counter('stream', 'failed appends: 1 an append that failed, 0 one that did not', 1),
  'stream.duration': distribution('stream', 'Milliseconds', 'from the append to its acknowledgement'),
  'stream.throttles': counter('stream', 'appends that waited for the memory budget', 1),
  'delivery.freshness': {
    kind: 'level',
    subject: 'delivery',
    unit: 'Seconds',
    least: 0,
    meaning: 'age of the oldest record that is not delivered, since it was appended; 0 where none waits',
  },
  'delivery.success': {
    kind: 'distribution',
    subject: 'delivery',
    unit: 'None',
    least: 0,
    most: 1,
    meaning: 'puts to the store that succeeded, of all puts of a delivery: 1 each that did, 0 each that did not',
  },
  'store.requests': counter('store', 'requests to the object store', 1),
  'store.failures': counter('store', 'requests that the store failed: 1 each, 0 one that it did not', 1),
  'store.duration': distribution('store', 'Milliseconds', 'time of a request'),
} as const satisfies Readonly<Record<string, Measure>>;

export type MeasureName = keyof typeof measures;

export const measureNames = Object.keys(measures) as readonly MeasureName[];

/** The operations of the object store that are measured. */
export const storeOperations = ['put', 'get', 'head', 'list', 'delete'] as const;

function counter<S extends MeasureSubject>(subject: S, meaning: string, most?: number) {
  return {
    kind: 'counter',
    subject,
    unit: 'Count',
    least: 0,
    meaning,
    ...(most === undefined ? {} : { most }),
  } as const;
}

function distribution<S extends MeasureSubject, U extends MeasureUnit>(subject: S, unit: U, meaning: string) {
  return { kind: 'distribution', subject, unit, least: 0, meaning } as const;
}

/** Takes a measurement: the only way in which the engine does, so that each name is one of the registry's. */
export type Measuring = (measure: MeasureName, value: number, of: string) => void;

/** Measures on the instruments of an OpenTelemetry meter, made as they are needed. */
export function measuring(meter: Meter): Measuring {
  const instruments = new Map<MeasureName, (value: number, attributes: Attributes) => void>();
  return (name, value, of) => {
    let take = instruments.get(name);
    if (take === undefined) {
      take = instrument(meter, name);
      instruments.set(name, take);
    }
    take(value, { [subjectAttribute[measures[name].subject]]: of });
  };
}

/** OpenTelemetry's name of a measure's instrument. */
export function instrumentName(measure: MeasureName): string {
  return `playhead.${measure}`;
}

function instrument(meter: Meter, name: MeasureName): (value: number, attributes: Attributes) => void {
  const { kind, unit, meaning } = measures[name];
  const options = { description: meaning, unit: ucum[unit] };
  if (kind === 'counter') {
    const made = meter.createCounter(instrumentName(name), options);
    return (value, attributes) => made.add(value, attributes);
  }
  const made =
    kind === 'level'
      ? meter.createGauge(instrumentName(name), options)
      : meter.createHistogram(instrumentName(name), options);
  return (value, attributes) => made.record(value, attributes);
}

/** OpenTelemetry writes units in UCUM's letters. */
const ucum: Readonly<Record<MeasureUnit, string>> = {
  Count: '1',
  Milliseconds: 'ms',
  Seconds: 's',
  Bytes: 'By',
  Percent: '%',
  None: '1',
};
