import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance } from 'fastify';
import type { ByteShare } from '../base/byte-share.ts';
import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { Sqlite } from '../base/sqlite.ts';
import type { AnsweredRequest } from '../observe/answered-request.ts';
import { recordIntake } from '../source/record-intake.ts';
import type { Stream } from '../stream/stream.ts';
import { answerProblems } from './answer-problems.ts';
import { type ApiKeys, openApiKeys } from './api-keys.ts';
import { appendRequests } from './append-requests.ts';
import { type Drain, drainOf } from './drain.ts';
import { answerClientError, type HttpSettings, httpServer } from './http-server.ts';
import { tellAnswers, traceRequests } from './measure-requests.ts';
import { openApiInfo } from './open-api.ts';
import { problemSchema } from './problem.ts';
import { admitTo, holdMemory, type RecordsRoute, takeRecords } from './records-route.ts';
import { openRequestLog } from './request-log.ts';
import { addHealthRoutes, addRecordsRoute, type BoundGateway } from './routes.ts';

export interface GatewayServerSettings extends HttpSettings {
  readonly gateways: readonly BoundGateway[];
  readonly version: string;
  /** What all requests under way may hold. */
  readonly memory: ByteShare;
  /** Told of each answer to a gateway's request. */
  readonly onAnswered?: (gateway: string, answered: AnsweredRequest) => void;
}

export interface GatewayServer {
  readonly app: FastifyInstance;
  /** Begins to listen; resolves with the address: `http://127.0.0.1:8080`. PH_USAGE where it can't. */
  listen(host: string, port: number): Promise<string>;
  /** Answers what is under way, refuses what is new, and ends; what is still under way when the signal aborts is cut off. */
  close(signal: AbortSignal): Promise<void>;
}

/** The HTTP server of gateways: a route for each stream that is filled by one. `file` keeps API keys and requests. */
export async function openGatewayServer(
  settings: GatewayServerSettings,
  stream: Stream,
  file: Sqlite,
  effects: Effects,
): Promise<GatewayServer> {
  const app = Fastify({
    serverFactory: (listener) => httpServer(settings, listener),
    clientErrorHandler: answerClientError,
    // Whether a new request is taken is the drain's to say.
    return503OnClosing: false,
  });
  const streams = settings.gateways.map(({ stream }) => stream);
  answerProblems(app, streams, effects);
  traceRequests(app, effects.clock);
  const drain = drainOf(app);
  await describe(app, settings.version);
  app.decorateRequest('apiKeyId', '');
  await app.register(rateLimit, { global: false });
  const keys = openApiKeys(file, effects);
  for (const gateway of settings.gateways) {
    const route = recordsRoute(gateway, settings.memory, keys, stream, file, effects);
    const tell = (answered: AnsweredRequest) => settings.onAnswered?.(gateway.address, answered);
    const handling = {
      onRequest: [admitTo(route)],
      preParsing: holdMemory(route),
      handler: takeRecords(route),
      onResponse: tellAnswers(tell, effects.clock),
    };
    await addRecordsRoute(app, gateway, handling);
  }
  const topics = settings.gateways.map(({ into }) => into.topic);
  addHealthRoutes(app, () => Promise.all(topics.map((topic) => stream.describe(topic))));
  await app.ready();
  return serverOver(app, drain, settings.tls !== undefined);
}

/** The OpenAPI 3.1 document of gateways, without a stream behind them. */
export async function openApiDocument(gateways: readonly BoundGateway[], version: string): Promise<object> {
  const app = Fastify();
  await describe(app, version);
  for (const gateway of gateways) await addRecordsRoute(app, gateway, { handler: async () => undefined });
  addHealthRoutes(app, async () => undefined);
  await app.ready();
  return app.swagger();
}

async function describe(app: FastifyInstance, version: string): Promise<void> {
  app.addSchema(problemSchema);
  await app.register(swagger, openApiInfo(version));
}

function recordsRoute(
  { address, stream: name, definition, into }: BoundGateway,
  memory: ByteShare,
  keys: ApiKeys,
  stream: Stream,
  file: Sqlite,
  effects: Effects,
): RecordsRoute {
  const { limits, idempotencyMs } = definition;
  const { clock, random } = effects;
  const drawn = [0, 1].map(() => random.uint32().toString(16).padStart(8, '0')).join('');
  const log = openRequestLog(file, into.record, idempotencyMs, clock);
  return {
    stream: name,
    limits,
    keys,
    memory,
    clock,
    intake: recordIntake(into, { items: limits.records, depth: limits.depth }, stream.capabilities.maxRecordBytes),
    append: appendRequests(stream, into.topic, `gateway/${address}/${drawn}`, log),
  };
}

function serverOver(app: FastifyInstance, drain: Drain, isTls: boolean): GatewayServer {
  return {
    app,
    listen: async (host, port) => {
      const url = await app.listen({ host, port }).catch((cause: unknown) => {
        throw new PlayheadError('PH_USAGE', `can't listen on port ${port} of ${host}: ${String(cause)}`, {
          cause,
          hint: 'Another process may be on it. --port 0 takes a free one.',
        });
      });
      // Fastify does not know what the server that it was given speaks.
      return isTls ? url.replace(/^http:/, 'https:') : url;
    },
    close: async (signal) => {
      await drain.begin(signal);
      app.server.closeAllConnections();
      await app.close();
    },
  };
}
