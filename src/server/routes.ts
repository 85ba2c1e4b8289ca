import cors from '@fastify/cors';
import type { FastifyInstance, RouteHandlerMethod, RouteShorthandOptions } from 'fastify';
import { PlayheadError } from '../base/errors.ts';
import type { GatewayDefinition } from '../source/gateway.ts';
import type { StreamDefinition } from '../stream/definition.ts';
import { recordsSchema } from './open-api.ts';
import { takeBodies } from './records-route.ts';

/** A gateway with the stream that it fills. */
export interface BoundGateway {
  /** Address of the gateway, and of its stream. */
  readonly address: string;
  readonly stream: string;
  readonly definition: GatewayDefinition;
  readonly into: StreamDefinition;
}

/** What is done with a request for records. */
export interface RecordsHandling extends Pick<RouteShorthandOptions, 'onRequest' | 'preParsing' | 'onResponse'> {
  readonly handler: RouteHandlerMethod;
}

/** `POST /v1/streams/STREAM/records`, with the gateway's limits. */
export async function addRecordsRoute(
  app: FastifyInstance,
  { definition, into, stream }: BoundGateway,
  handling: RecordsHandling,
): Promise<void> {
  const { limits, cors: origins } = definition;
  await app.register(
    async (scope) => {
      if (origins.length > 0)
        await scope.register(cors, {
          origin: [...origins],
          methods: ['POST'],
          allowedHeaders: ['authorization', 'content-type', 'content-encoding', 'idempotency-key'],
          exposedHeaders: ['retry-after'],
          maxAge: 600,
        });
      takeBodies(scope, limits);
      scope.post('/records', {
        ...handling,
        config: {
          rateLimit: {
            max: limits.requests,
            timeWindow: limits.rateWindowMs,
            keyGenerator: ({ apiKeyId }) => apiKeyId,
            errorResponseBuilder: (_, { max, ttl }) =>
              new PlayheadError('PH_RATE_LIMITED', `more than ${max} requests of this API key`, {
                hint: `It may ask again in ${Math.ceil(ttl / 1000)} s.`,
              }),
          },
        },
        // The schema is for the document and for writing answers; records are validated one by one, with their own results.
        validatorCompiler: () => () => true,
        schema: recordsSchema(stream, into.record, limits),
      });
    },
    { prefix: `/v1/streams/${stream}` },
  );
}

const statusSchema = { type: 'object', properties: { status: { type: 'string' } } } as const;

/**
 * Whether the process lives, whether it takes records, and what it can do. None of them asks for a key. `reach` throws where
 * streams can't be reached.
 */
export function addHealthRoutes(app: FastifyInstance, reach: () => Promise<unknown>): void {
  const schema = (summary: string) => ({ summary, response: { 200: { description: 'It does', ...statusSchema } } });
  app.get('/healthz', { schema: schema('Whether the process answers') }, async () => ({ status: 'ok' }));
  app.get('/readyz', { schema: schema('Whether streams can be reached and records are taken') }, async () => {
    await reach();
    return { status: 'ready' };
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
