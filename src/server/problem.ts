import { STATUS_CODES } from 'node:http';
import { type ErrorCode, errorKinds, PlayheadError } from '../base/errors.ts';

/** RFC 9457. */
export interface ProblemDetails {
  /** The error's code, as a URN: `urn:playhead:error:PH_RATE_LIMITED`. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly hint?: string;
  readonly retryable: boolean;
}

export const problemMediaType = 'application/problem+json';

/** What Fastify's own refusals are among our errors, by their status; in our words where its own say less. */
const byStatus: Readonly<
  Record<number, { readonly code: ErrorCode; readonly message?: string; readonly hint?: string }>
> = {
  400: { code: 'PH_BODY_INVALID' },
  404: { code: 'PH_ADDRESS_UNKNOWN' },
  408: { code: 'PH_REQUEST_TIMEOUT' },
  413: { code: 'PH_BODY_TOO_LARGE', message: 'the body is too large', hint: 'Send the records in several requests.' },
  415: {
    code: 'PH_MEDIA_TYPE_UNSUPPORTED',
    message: 'the body is not said to be JSON',
    hint: 'Send the header Content-Type: application/json.',
  },
  431: { code: 'PH_BODY_TOO_LARGE' },
};

/** Any failure of a request as an error of the registry; what nobody foresaw is PH_INTERNAL. */
export function asPlayheadError(error: unknown): PlayheadError {
  if (error instanceof PlayheadError) return error;
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  const { code, message, hint } = byStatus[status] ?? { code: 'PH_INTERNAL' };
  const said = error instanceof Error ? error.message : String(error);
  return new PlayheadError(code, message ?? said, { cause: error, ...(hint === undefined ? {} : { hint }) });
}

/**
 * What the one who sent is told. Of failures that are the server's own, only which: their messages name files and hosts that
 * are nobody else's business, and are in the server's log.
 */
export function problemDetails(error: PlayheadError): ProblemDetails {
  const { code, httpStatus: status, retryable } = error;
  const isOurs = status >= 500 && code !== 'PH_OVERLOADED' && code !== 'PH_DRAINING';
  return {
    type: `urn:playhead:error:${code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: isOurs ? 'the server could not do this; its log says why' : error.message,
    code,
    ...(isOurs || error.hint === undefined ? {} : { hint: error.hint }),
    retryable,
  };
}

/** Its JSON Schema, for the OpenAPI document. */
export const problemSchema = {
  $id: 'Problem',
  type: 'object',
  properties: {
    type: { type: 'string', description: 'urn:playhead:error:CODE' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', enum: Object.keys(errorKinds) },
    hint: { type: 'string' },
    retryable: { type: 'boolean' },
    records: { type: 'array', items: { type: 'object', additionalProperties: true } },
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'retryable'],
} as const;
