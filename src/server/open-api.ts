import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { jsonSchema } from '../record/json-schema.ts';
import type { RecordType } from '../record/type.ts';
import type { GatewayLimits } from '../source/gateway.ts';
import { answerSchema } from './answer.ts';
import { writeScope } from './authenticate.ts';
import { problemMediaType, problemSchema } from './problem.ts';

/** What the OpenAPI document says of the whole server. */
export function openApiInfo(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Playhead gateway',
        version,
        description: 'Takes records into streams. An answer of 200 or 207 means that what was accepted is on the disk.',
      },
      components: {
        securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: phk_…' } },
      },
    },
    refResolver: { buildLocalReference: ({ $id }) => String($id) },
  };
}

const problems = {
  400: 'The body is no list of records, or none of them is valid; `records` then says why of each',
  401: 'No API key, or one that opens nothing here',
  403: 'The API key lacks the scope',
  408: 'The request took too long to come',
  409: 'The Idempotency-Key came before the type of the records changed',
  413: 'The body is too large, as it came or uncompressed, or holds too many records',
  415: 'Another Content-Type than application/json, or an encoding that is not known',
  422: 'The Idempotency-Key came with another body before',
  429: 'Too many requests of this API key; Retry-After says when to come again',
  500: "The server's own failure, of which its log says more",
  503: 'No memory is left, or the server is about to stop; Retry-After says when to come again',
  507: 'The disk is full',
} as const;

/** The route that takes records of a type into a stream. */
export function recordsSchema(stream: string, record: RecordType, limits: GatewayLimits): object {
  const { $schema: _, ...item } = jsonSchema(record);
  const problem = { $ref: `${problemSchema.$id}#` };
  return {
    operationId: `append_${stream.replaceAll(/\W/g, '_')}`,
    summary: `Append records of type ${record.name}`,
    security: [{ apiKey: [] }],
    description:
      `Needs the scope ${writeScope(stream)}. Bodies may be encoded with gzip or zstd: up to ` +
      `${limits.bodyBytes} bytes as they come, ${limits.inflatedBytes} uncompressed.`,
    headers: {
      type: 'object',
      properties: {
        'idempotency-key': {
          type: 'string',
          maxLength: 255,
          description: 'A request that is sent again with its key appends nothing, and has the same answer.',
        },
      },
    },
    body: { type: 'array', minItems: 1, maxItems: limits.records, items: item },
    response: {
      200: { description: 'Every record is in the stream', ...answerSchema },
      207: { description: 'Some records are in the stream; the others have `issues`', ...answerSchema },
      ...Object.fromEntries(
        Object.entries(problems).map(([status, description]) => [
          status,
          { description, content: { [problemMediaType]: { schema: problem } } },
        ]),
      ),
    },
  };
}
