import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { suggestion } from '../base/nearest.ts';
import { asPlayheadError, problemDetails, problemMediaType } from './problem.ts';
import { RecordsRefused } from './records-route.ts';

/** Every failure of a request is answered by its problem details; of the server's own, the log says more. */
export function answerProblems(app: FastifyInstance, streams: readonly string[], effects: Effects): void {
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, effects));
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?');
    return sendProblem(notFound(request.method, path, streams), request, reply, effects);
  });
}

function notFound(method: string, path: string, streams: readonly string[]): PlayheadError {
  const [, stream] = /^\/v1\/streams\/([^/]{1,128})\/records$/.exec(path) ?? [];
  if (stream === undefined || streams.includes(stream))
    return new PlayheadError('PH_ADDRESS_UNKNOWN', `nothing answers ${method} ${path}`, {
      hint: stream === undefined ? 'GET /openapi.json says what does.' : 'Send records with POST.',
    });
  return new PlayheadError('PH_ADDRESS_UNKNOWN', `no gateway takes records into a stream "${stream}"`, {
    hint: suggestion(stream, streams),
  });
}

function sendProblem(given: unknown, request: FastifyRequest, reply: FastifyReply, { log }: Effects): FastifyReply {
  const error = asPlayheadError(given);
  const problem = problemDetails(error);
  request.trace.code = error.code;
  if (problem.status >= 500 && problem.detail !== error.message)
    log.log('warn', `a request failed: ${error.message} (${error.code})`);
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  if (problem.retryable && !reply.hasHeader('retry-after')) reply.header('retry-after', '1');
  // What comes of the body is not read: the connection can't be used for another request.
  if (error.code === 'PH_DRAINING' || problem.status === 413) reply.header('connection', 'close');
  const body = error instanceof RecordsRefused ? { ...problem, records: error.answer.records } : problem;
  // As a text: the schemas of answers are not this one's.
  return reply.code(problem.status).type(problemMediaType).send(JSON.stringify(body));
}
