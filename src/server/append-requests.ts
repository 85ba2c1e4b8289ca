import { setImmediate as nextTurn } from 'node:timers/promises';
import { isPlayheadError, PlayheadError } from '../base/errors.ts';
import type { ProducedBatch } from '../record/batch.ts';
import type { AppendResult, Stream } from '../stream/stream.ts';
import { firstPositions, withPositions } from './first-positions.ts';
import type { Idempotency, KeptPositions, RequestLog, RequestPlace } from './request-log.ts';

export interface AppendedRequest {
  readonly batch: ProducedBatch;
  readonly idempotency?: Idempotency;
}

/** Appends what requests bring; resolves when it is durable. Throws what `Stream.append` and `RequestLog.place` do. */
export type AppendRequests = (request: AppendedRequest) => Promise<AppendResult>;

interface Waiting extends AppendedRequest {
  readonly count: number;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Requests that come while others are on their way to the disk go together: one transaction of the request log, then appends
 * of one source that follow each other, which the stream writes at once. One group is under way at a time: the larger the next
 * one, the less each of its requests costs. `source` is this process's own: another process
 * with the same would have its sequences taken for these.
 */
export function appendRequests(stream: Stream, topic: string, source: string, log: RequestLog): AppendRequests {
  let waiting: Waiting[] = [];
  let nextSequence = 0n;
  let isSending = false;
  const next = (count: number) => {
    const place = { source, firstSequence: nextSequence };
    nextSequence += BigInt(count);
    return place;
  };
  const { findsResent } = stream.capabilities;
  /** What is to be kept of where the request was put, if that is not to be found again. */
  const send = async (
    { batch, idempotency, resolve }: Waiting,
    place: RequestPlace,
  ): Promise<KeptPositions | undefined> => {
    const { firstPositions: known, ...from } = place;
    const result = await stream.append({ topic, ...from, batch });
    resolve(withPositions(result, known));
    if (findsResent || idempotency === undefined || known !== undefined) return undefined;
    const found = firstPositions(result);
    return found === undefined ? undefined : { key: idempotency.key, firstPositions: found };
  };
  const sendGroup = async (group: readonly Waiting[]): Promise<void> => {
    const places = log.place(group, next);
    const kept = await Promise.all(
      group.map((request, at) => {
        const place = places[at];
        if (place === undefined || place instanceof PlayheadError) return request.reject(place);
        return send(request, place).catch((error: unknown) => request.reject(asSent(error)));
      }),
    );
    log.keepPositions(kept.filter((each) => each !== undefined));
  };
  const pump = async (): Promise<void> => {
    isSending = true;
    try {
      // What else has come in this turn of the event loop goes along.
      await nextTurn();
      while (waiting.length > 0) {
        const group = waiting;
        waiting = [];
        await sendGroup(group).catch((error: unknown) => {
          for (const { reject } of group) reject(error);
        });
      }
    } finally {
      isSending = false;
    }
  };
  return (request) =>
    new Promise((resolve, reject) => {
      waiting.push({ ...request, count: request.batch.count, resolve, reject });
      if (!isSending) void pump();
    });
}

/** An append fails behind another one of this process: to whoever sent it, the stream has failed. */
function asSent(error: unknown): unknown {
  if (!isPlayheadError(error, 'PH_SOURCE_SEQUENCE_GAP')) return error;
  return new PlayheadError('PH_STREAM_FAILED', 'an append before this one failed', { cause: error });
}
