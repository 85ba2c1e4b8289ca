import { hash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ByteShare, HeldBytes } from '../base/byte-share.ts';
import type { Clock } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { GatewayLimits } from '../source/gateway.ts';
import type { RecordIntake } from '../source/record-intake.ts';
import { type RecordsAnswer, recordsAnswer } from './answer.ts';
import type { ApiKeys } from './api-keys.ts';
import type { AppendRequests } from './append-requests.ts';
import { authenticated, writeScope } from './authenticate.ts';
import { bodyTooLarge, checkEncoding, inflated } from './inflate.ts';
import type { Idempotency } from './request-log.ts';

/** What a gateway's route works with. */
export interface RecordsRoute {
  /** Address of the stream. */
  readonly stream: string;
  readonly limits: GatewayLimits;
  readonly intake: RecordIntake;
  readonly append: AppendRequests;
  readonly keys: ApiKeys;
  /** Memory for all requests of this server. */
  readonly memory: ByteShare;
  readonly clock: Clock;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Id of the API key, once it is known. */
    apiKeyId: string;
  }
}

/** Before the body is read: who sends, and whether it can be taken. */
export function admitTo(route: RecordsRoute) {
  return async (request: FastifyRequest): Promise<void> => {
    const { authorization } = request.headers;
    request.apiKeyId = (await authenticated(authorization, writeScope(route.stream), route.keys)).id;
    checkEncoding(request.headers['content-encoding']);
  };
}

/**
 * Holds memory for a request until it is answered: for its body, as it comes and uncompressed, and for the batch that is made
 * of it. Where none is left the answer is PH_OVERLOADED, at once: who waits with an open connection only holds more.
 */
export function holdMemory({ limits, memory }: RecordsRoute) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { 'content-length': length, 'content-encoding': encoding } = request.headers;
    const bodyBytes = Number(length ?? limits.bodyBytes);
    if (bodyBytes > limits.bodyBytes) throw bodyTooLarge(limits.bodyBytes);
    const isPlain = encoding === undefined || encoding === 'identity';
    const wanted = 2 * (isPlain ? bodyBytes : limits.inflatedBytes);
    if (memory.usedBytes > 0 && memory.usedBytes + wanted > memory.limitBytes)
      throw new PlayheadError('PH_OVERLOADED', 'no memory is left for this request', { hint: 'Send it again soon.' });
    const held: HeldBytes = await memory.take(wanted);
    reply.raw.once('close', () => held[Symbol.dispose]());
  };
}

/** Bodies come as bytes: JSON is read record by record, by the type of the stream's records. */
export function takeBodies(scope: FastifyInstance, limits: GatewayLimits): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer', bodyLimit: limits.bodyBytes },
    (request: FastifyRequest, body: Buffer) => {
      request.trace.bodyBytes = body.length;
      return inflated(body, request.headers['content-encoding'], limits.inflatedBytes);
    },
  );
}

/** Takes the records in. 200 where all are in the stream, 207 where some were refused; PH_RECORD_INVALID where all were. */
export function takeRecords({ stream, intake, append, clock }: RecordsRoute) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<RecordsAnswer> => {
    const idempotencyKey = idempotencyKeyOf(request);
    // A request without a body has no parser, and comes here with none.
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const idempotency =
      idempotencyKey === undefined
        ? {}
        : { idempotency: idempotencyOf([stream, request.apiKeyId, idempotencyKey], body) };
    const taken = intake.take(body, clock.now());
    request.trace.taken = taken;
    if (taken.batch.count === 0) throw new RecordsRefused(recordsAnswer(taken, undefined));
    const appended = await append({ batch: taken.batch, ...idempotency });
    intake.giveBack(taken.batch);
    reply.code(taken.refused.size === 0 ? 200 : 207);
    return recordsAnswer(taken, appended);
  };
}

/** Every record of a request was refused: its problem says why of each. */
export class RecordsRefused extends PlayheadError {
  readonly answer: RecordsAnswer;

  constructor(answer: RecordsAnswer) {
    super('PH_RECORD_INVALID', answer.refused === 1 ? 'the record is invalid' : 'every record is invalid', {
      hint: '`records` says what is wrong with each.',
    });
    this.answer = answer;
  }
}

function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new PlayheadError('PH_BODY_INVALID', 'the Idempotency-Key is not 1 to 255 visible ASCII characters');
}

/** Hashed before the records are read: reading writes white space over line breaks. */
function idempotencyOf(whose: readonly string[], body: Buffer): Idempotency {
  return {
    key: hash('sha256', whose.join('\n'), 'buffer'),
    body: hash('sha256', body, 'buffer'),
  };
}
