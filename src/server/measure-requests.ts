import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../base/effects.ts';
import type { ErrorCode } from '../base/errors.ts';
import type { AnsweredRequest } from '../observe/answered-request.ts';
import type { RecordIssue, TakenRecords } from '../source/record-intake.ts';

/** What a request leaves behind for its measurement. */
export interface RequestTrace {
  startedMs: number;
  bodyBytes: number;
  taken?: TakenRecords;
  /** Of the error that it was answered with. */
  code?: ErrorCode;
}

declare module 'fastify' {
  interface FastifyRequest {
    trace: RequestTrace;
  }
}

/** Every request gets its trace before anything is done with it. */
export function traceRequests(app: FastifyInstance, clock: Clock): void {
  app.decorateRequest('trace');
  app.addHook('onRequest', async (request) => {
    request.trace = { startedMs: clock.monotonicMs(), bodyBytes: 0 };
  });
}

/** Tells of each answer, once its last byte is on its way. */
export function tellAnswers(tell: (answered: AnsweredRequest) => void, clock: Clock) {
  return async ({ trace }: FastifyRequest, { statusCode: status }: FastifyReply): Promise<void> => {
    const { startedMs, bodyBytes, taken, code } = trace;
    tell({
      status,
      ...(code === undefined ? {} : { code }),
      bodyBytes,
      durationMs: clock.monotonicMs() - startedMs,
      accepted: status < 400 ? (taken?.batch.count ?? 0) : 0,
      refused: byFirstRule(taken?.refused.values() ?? []),
    });
  };
}

function byFirstRule(refused: Iterable<readonly RecordIssue[]>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [first] of refused) if (first !== undefined) counts.set(first.rule, (counts.get(first.rule) ?? 0) + 1);
  return counts;
}
