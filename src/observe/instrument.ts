import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../base/effects.ts';
import { isPlayheadError } from '../base/errors.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { Runner, RunProgress } from '../orchestrate/runner.ts';
import type { RunData, RunKind } from '../orchestrate/runs.ts';
import type { Stream } from '../stream/stream.ts';
import { type AnsweredRequest, measureAnswered } from './answered-request.ts';
import type { Measuring, storeOperations } from './measures.ts';

/** Ports as they are, measured: the rooms behind them need not know. */
export interface Instrumentation {
  runner(run: Runner): Runner;
  stream(stream: Stream): Stream;
  store(store: ObjectStore): ObjectStore;
  /** An append asked for memory; `waited`: there was not enough. */
  memoryAsked(topic: string, waited: boolean): void;
  /** A gateway answered a request. */
  requestAnswered(gateway: string, answered: AnsweredRequest): void;
  /** A source took records of one of its parts: `address/endpoint`, `address/table`. */
  sourceTook(part: string, records: number): void;
}

/** The run that work belongs to, wherever it is done. */
interface RunScope {
  readonly address: string;
  readonly kind: RunKind;
  throttles: number;
}

/** `peakBytes`: the most memory that this process has had so far. */
export function instrumentation(measure: Measuring, clock: Clock, peakBytes: () => number): Instrumentation {
  const running = new AsyncLocalStorage<RunScope>();
  return {
    runner: (run) => measuredRunner(run, running, { measure, clock, peakBytes }),
    stream: (stream) => measuredStream(stream, measure, clock),
    store: (store) => measuredStore(store, running, measure, clock),
    requestAnswered: (gateway, answered) => measureAnswered(gateway, answered, measure),
    sourceTook: (part, records) => measure('source.records', records, part),
    memoryAsked: (topic, waited) => {
      measure('stream.throttles', waited ? 1 : 0, topic);
      const scope = running.getStore();
      if (waited && scope !== undefined) scope.throttles += 1;
    },
  };
}

interface Gauges {
  readonly measure: Measuring;
  readonly clock: Clock;
  readonly peakBytes: () => number;
}

function measuredRunner(
  run: Runner,
  running: AsyncLocalStorage<RunScope>,
  { measure, clock, peakBytes }: Gauges,
): Runner {
  return async (request, signal, onProgress = () => {}) => {
    const { address, kind } = request;
    const scope: RunScope = { address, kind, throttles: 0 };
    const startedMs = clock.monotonicMs();
    let records = 0;
    const watched = (progress: RunProgress): void => {
      records = progress.records;
      onProgress(progress);
    };
    const ended = (failures: number): void => {
      measure('run.failures', failures, address);
      measure('run.duration', clock.monotonicMs() - startedMs, address);
      measure('run.memory', peakBytes(), address);
      if (kind === 'source') measure('run.throttles', scope.throttles, address);
      measure('run.records', records, address);
    };
    try {
      const output = await running.run(scope, () => run(request, signal, watched));
      ended(0);
      if (kind === 'job') measureRecords(output, address, measure);
      return output;
    } catch (error) {
      // Interrupted by the one who watches: neither a failure nor the duration of anything.
      if (!isPlayheadError(error, 'PH_INTERRUPTED')) ended(1);
      // A job that held back a part has committed all the same.
      if (kind === 'job' && isPlayheadError(error, 'PH_CHECK_FAILED')) measureRecords(error.details, address, measure);
      throw error;
    }
  };
}

/** What became of the records that a run of a job looked at; one that found nothing new has no rate. */
function measureRecords({ written, quarantined }: RunData, address: string, measure: Measuring): void {
  if (typeof written !== 'number' || typeof quarantined !== 'number') return;
  const processed = written + quarantined;
  measure('job.processed', processed, address);
  measure('job.refused', quarantined, address);
  if (processed > 0) measure('job.pass-rate', (100 * written) / processed, address);
}

function measuredStream(stream: Stream, measure: Measuring, clock: Clock): Stream {
  return {
    ...stream,
    append: async (request) => {
      const { topic, batch } = request;
      const startedMs = clock.monotonicMs();
      try {
        const result = await stream.append(request);
        measure('stream.failures', 0, topic);
        measure('stream.appended', result.logged, topic);
        measure('stream.resent', result.resent, topic);
        measure('stream.refused', 0, topic);
        measure('stream.duration', clock.monotonicMs() - startedMs, topic);
        return result;
      } catch (error) {
        if (!isPlayheadError(error, 'PH_INTERRUPTED')) {
          measure('stream.failures', 1, topic);
          measure('stream.refused', batch.count, topic);
        }
        throw error;
      }
    },
  };
}

/** That an object is there, is another, or is not, is an answer. Whatever else is thrown is a request that failed. */
const storeAnswers = ['PH_OBJECT_EXISTS', 'PH_OBJECT_CHANGED', 'PH_OBJECT_MISSING'];

function measuredStore(
  store: ObjectStore,
  running: AsyncLocalStorage<RunScope>,
  measure: Measuring,
  clock: Clock,
): ObjectStore {
  const requested = async <T>(operation: (typeof storeOperations)[number], request: () => Promise<T>): Promise<T> => {
    const startedMs = clock.monotonicMs();
    const answered = (failures: number): void => {
      measure('store.requests', 1, operation);
      measure('store.failures', failures, operation);
      measure('store.duration', clock.monotonicMs() - startedMs, operation);
      const scope = running.getStore();
      if (operation === 'put' && scope?.kind === 'delivery') measure('delivery.success', 1 - failures, scope.address);
    };
    try {
      const answer = await request();
      answered(0);
      return answer;
    } catch (error) {
      // Interrupted by the one who asked: neither succeeded nor failed.
      if (!isPlayheadError(error, 'PH_INTERRUPTED'))
        answered(isPlayheadError(error) && storeAnswers.includes(error.code) ? 0 : 1);
      throw error;
    }
  };
  return {
    capabilities: store.capabilities,
    put: (...call) => requested('put', () => store.put(...call)),
    get: (...call) => requested('get', () => store.get(...call)),
    head: (...call) => requested('head', () => store.head(...call)),
    list: (...call) => requested('list', () => store.list(...call)),
    delete: (...call) => requested('delete', () => store.delete(...call)),
    localFile: (...call) => store.localFile(...call),
    ...(store.versions === undefined ? {} : { versions: store.versions }),
    ...(store.uploads === undefined ? {} : { uploads: store.uploads }),
    ...(store.applyLifecycle === undefined ? {} : { applyLifecycle: store.applyLifecycle }),
    ...(store.missingRights === undefined ? {} : { missingRights: store.missingRights }),
    close: () => store.close(),
  };
}
