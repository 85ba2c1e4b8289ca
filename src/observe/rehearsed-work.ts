import type { Clock } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { Meter } from '../base/meter.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { RunData, RunKind } from '../orchestrate/runs.ts';
import type { AppendRequest, AppendResult, Stream } from '../stream/stream.ts';
import { type AnsweredRequest, reasonParts } from './answered-request.ts';
import { type Instrumentation, instrumentation } from './instrument.ts';
import { type MeasureName, type Measuring, measuring } from './measures.ts';

/** What a rehearsal does in place of the engine: a run, an append or a request that comes out as it is asked to. */
export type RehearsedWork = (measure: MeasureName, value: number, of: string) => Promise<void>;

/** The engine's own instrumentation, around work that only pretends. */
interface Stage {
  readonly instruments: Instrumentation;
  readonly measure: Measuring;
  /** Lets time pass on the clock by which durations are measured. */
  readonly pass: (ms: number) => void;
  /** Takes memory, as far as is measured. */
  readonly take: (bytes: number) => void;
}

type Performance = (stage: Stage, value: number, of: string) => Promise<void>;

/**
 * Work at `nowMs`, measured on `meter` by the instrumentation that measures the engine's: a measure that this no longer
 * takes, or takes of something else, is not there after the work either.
 */
export function rehearsedWork(meter: Meter, nowMs: () => number): RehearsedWork {
  let passedMs = 0;
  const clock: Clock = {
    now: nowMs,
    monotonicMs: () => passedMs,
    sleep: () => Promise.reject(new TypeError('a rehearsal waits for nothing')),
  };
  const measure = measuring(meter);
  const pass = (ms: number): void => {
    passedMs += ms;
  };
  let takenBytes = 0;
  const take = (bytes: number): void => {
    takenBytes = bytes;
  };
  const stage: Stage = { instruments: instrumentation(measure, clock, () => takenBytes), measure, pass, take };
  return (name, value, of) => performances[name](stage, value, of);
}

const performances: Readonly<Record<MeasureName, Performance>> = {
  'run.failures': ({ instruments }, value, of) => run(instruments, of, () => failIf(value > 0)),
  'run.duration': ({ instruments, pass }, value, of) => run(instruments, of, () => pass(value)),
  'run.memory': ({ instruments, take }, value, of) => run(instruments, of, () => take(value)),
  'run.throttles': ({ instruments }, value, of) =>
    run(instruments, of, () => {
      for (let i = 0; i < value; i += 1) instruments.memoryAsked('rehearsal', true);
    }),
  'run.records': ({ instruments }, value, of) => run(instruments, of, (progress) => progress(value)),
  'source.records': async ({ instruments }, value, of) => instruments.sourceTook(of, value),
  'job.processed': ({ instruments }, value, of) => refine(instruments, of, { written: value, quarantined: 0 }),
  'job.refused': ({ instruments }, value, of) => refine(instruments, of, { written: 0, quarantined: value }),
  'job.pass-rate': ({ instruments }, value, of) =>
    refine(instruments, of, { written: value, quarantined: 100 - value }),
  'gateway.requests': async ({ instruments }, value, of) => {
    for (let i = 0; i < value; i += 1) instruments.requestAnswered(of, answered({}));
  },
  'gateway.refusals': async ({ instruments }, value, of) =>
    instruments.requestAnswered(of, answered({ status: value > 0 ? 400 : 200 })),
  'gateway.failures': async ({ instruments }, value, of) =>
    instruments.requestAnswered(of, answered({ status: value > 0 ? 500 : 200 })),
  'gateway.accepted': async ({ instruments }, value, of) =>
    instruments.requestAnswered(of, answered({ accepted: value })),
  'gateway.refused': async ({ instruments }, value, of) =>
    instruments.requestAnswered(of, answered({ refused: new Map([['rehearsal', value]]) })),
  'gateway.reasons': async ({ instruments }, value, of) => {
    const { gateway, reason } = reasonParts(of);
    instruments.requestAnswered(gateway, answered({ refused: new Map([[reason, value]]) }));
  },
  'gateway.bytes': async ({ instruments }, value, of) =>
    instruments.requestAnswered(of, answered({ bodyBytes: value })),
  'gateway.duration': async ({ instruments }, value, of) =>
    instruments.requestAnswered(of, answered({ durationMs: value })),
  'stream.appended': ({ instruments }, value, of) => append(instruments, of, () => answer(value, 0)),
  'stream.resent': ({ instruments }, value, of) => append(instruments, of, () => answer(0, value)),
  'stream.refused': ({ instruments }, value, of) => append(instruments, of, () => refuse(value > 0), value),
  'stream.failures': ({ instruments }, value, of) => append(instruments, of, () => refuse(value > 0)),
  'stream.duration': ({ instruments, pass }, value, of) =>
    append(instruments, of, () => {
      pass(value);
      return answer(0, 0);
    }),
  'stream.throttles': async ({ instruments }, value, of) => instruments.memoryAsked(of, value > 0),
  // Sampled, not taken of work: by this very call.
  'delivery.freshness': async ({ measure }, value, of) => measure('delivery.freshness', value, of),
  'delivery.success': ({ instruments }, value, of) =>
    run(instruments, of, () => request(instruments, 'put', () => failIf(value < 1)), 'delivery'),
  'store.requests': async ({ instruments }, value, of) => {
    for (let i = 0; i < value; i += 1) await request(instruments, of, () => {});
  },
  'store.failures': ({ instruments }, value, of) => request(instruments, of, () => failIf(value > 0)),
  'store.duration': ({ instruments, pass }, value, of) => request(instruments, of, () => pass(value)),
};

const neverAborted = new AbortController().signal;

/** Swallows the failure that a rehearsal asked for, and no other. */
async function failing(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error !== rehearsedFault) throw error;
  }
}

const rehearsedFault = new PlayheadError('PH_STORAGE_FAILED', 'a rehearsal failed this on purpose');

function failIf(fails: boolean): void {
  if (fails) throw rehearsedFault;
}

function run(
  { runner }: Instrumentation,
  address: string,
  work: (progress: (records: number) => void) => void | Promise<void>,
  kind: RunKind = 'source',
): Promise<void> {
  const measured = runner(async (_, __, onProgress) => {
    await work((records) => onProgress?.({ records }));
    return {};
  });
  return failing(() => measured({ address, kind, trigger: 'rehearsal', arguments: {} }, neverAborted));
}

/** A run of a job that says so much of the records that it looked at. */
function refine({ runner }: Instrumentation, address: string, output: RunData): Promise<void> {
  const measured = runner(async () => output);
  return failing(() => measured({ address, kind: 'job', trigger: 'rehearsal', arguments: {} }, neverAborted));
}

function append({ stream }: Instrumentation, topic: string, answerOf: () => AppendResult, count = 1): Promise<void> {
  // Of a stream, appends alone are measured; of a batch, its count alone is read.
  const pretended = { append: async () => answerOf() } as Partial<Stream> as Stream;
  const batch = { count } as AppendRequest['batch'];
  return failing(() => stream(pretended).append({ topic, source: 'rehearsal', firstSequence: 0n, batch }));
}

/** A request that came out like this, and well otherwise. */
function answered(like: Partial<AnsweredRequest>): AnsweredRequest {
  return { status: 200, bodyBytes: 0, durationMs: 0, accepted: 0, refused: new Map(), ...like };
}

function answer(logged: number, resent: number): AppendResult {
  return { logged, erased: 0, resent, partitions: new Uint16Array(), positions: new BigInt64Array() };
}

function refuse(refused: boolean): AppendResult {
  failIf(refused);
  return answer(0, 0);
}

function request({ store }: Instrumentation, operation: string, work: () => void): Promise<void> {
  const pretend = async (): Promise<never> => {
    work();
    // Whoever asks here looks at no answer.
    return undefined as never;
  };
  const pretended = { put: pretend, get: pretend, head: pretend, list: pretend, delete: pretend };
  const measured = store(pretended as Partial<ObjectStore> as ObjectStore);
  const requests: Readonly<Record<string, () => Promise<unknown>>> = {
    put: () => measured.put('rehearsal', new Uint8Array()),
    get: () => measured.get('rehearsal'),
    head: () => measured.head('rehearsal'),
    list: () => measured.list('rehearsal'),
    delete: () => measured.delete('rehearsal'),
  };
  return failing(async () => requests[operation]?.());
}
