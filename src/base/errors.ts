/**
 * Every way in which Playhead refuses or fails, in one registry. A code never changes its meaning.
 *
 * `exitCode`: what the CLI exits with (1 failed work, 2 wrong usage or configuration, 3 refused by a policy,
 * 4 data does not add up, 5 a resource of the machine is missing or damaged, 130 interrupted).
 */
export const errorKinds = {
  PH_USAGE: { httpStatus: 400, exitCode: 2, retryable: false },
  PH_CONFIG_INVALID: { httpStatus: 400, exitCode: 2, retryable: false },
  PH_ADDRESS_UNKNOWN: { httpStatus: 404, exitCode: 2, retryable: false },
  PH_ADDRESS_AMBIGUOUS: { httpStatus: 400, exitCode: 2, retryable: false },
  PH_DEFINITION_INCOMPATIBLE: { httpStatus: 409, exitCode: 3, retryable: false },
  PH_NODE_TOO_OLD: { httpStatus: 500, exitCode: 5, retryable: false },
  PH_DEPENDENCY_MISSING: { httpStatus: 500, exitCode: 5, retryable: false },
  PH_RECORD_INVALID: { httpStatus: 400, exitCode: 1, retryable: false },
  PH_RECORD_UNKNOWN: { httpStatus: 404, exitCode: 1, retryable: false },
  PH_RECORD_TOO_LARGE: { httpStatus: 413, exitCode: 1, retryable: false },
  PH_BODY_INVALID: { httpStatus: 400, exitCode: 1, retryable: false },
  PH_BODY_TOO_LARGE: { httpStatus: 413, exitCode: 1, retryable: false },
  PH_MEDIA_TYPE_UNSUPPORTED: { httpStatus: 415, exitCode: 1, retryable: false },
  PH_REQUEST_TIMEOUT: { httpStatus: 408, exitCode: 1, retryable: true },
  PH_IDEMPOTENCY_KEY_REUSED: { httpStatus: 422, exitCode: 1, retryable: false },
  PH_RATE_LIMITED: { httpStatus: 429, exitCode: 1, retryable: true },
  PH_OVERLOADED: { httpStatus: 503, exitCode: 1, retryable: true },
  PH_DRAINING: { httpStatus: 503, exitCode: 1, retryable: true },
  PH_PATTERN_INVALID: { httpStatus: 400, exitCode: 2, retryable: false },
  PH_OBJECT_EXISTS: { httpStatus: 412, exitCode: 1, retryable: false },
  PH_OBJECT_CHANGED: { httpStatus: 412, exitCode: 1, retryable: true },
  PH_OBJECT_MISSING: { httpStatus: 404, exitCode: 1, retryable: false },
  PH_OBJECT_KEY_INVALID: { httpStatus: 400, exitCode: 2, retryable: false },
  PH_OBJECT_CORRUPT: { httpStatus: 500, exitCode: 5, retryable: false },
  PH_STORAGE_FULL: { httpStatus: 507, exitCode: 5, retryable: true },
  PH_STORAGE_READ_ONLY: { httpStatus: 507, exitCode: 5, retryable: false },
  PH_STORAGE_FAILED: { httpStatus: 500, exitCode: 5, retryable: true },
  PH_TOPIC_UNKNOWN: { httpStatus: 404, exitCode: 2, retryable: false },
  PH_TOPIC_INCOMPATIBLE: { httpStatus: 409, exitCode: 3, retryable: false },
  PH_STREAM_FAILED: { httpStatus: 503, exitCode: 5, retryable: true },
  PH_API_KEY_INVALID: { httpStatus: 401, exitCode: 2, retryable: false },
  PH_API_KEY_UNKNOWN: { httpStatus: 404, exitCode: 1, retryable: false },
  PH_ACCESS_REFUSED: { httpStatus: 403, exitCode: 2, retryable: false },
  PH_LOG_CORRUPT: { httpStatus: 500, exitCode: 5, retryable: false },
  PH_POSITION_OUT_OF_RANGE: { httpStatus: 416, exitCode: 4, retryable: false },
  PH_SOURCE_SEQUENCE_GAP: { httpStatus: 409, exitCode: 4, retryable: false },
  PH_EXPORT_DAMAGED: { httpStatus: 500, exitCode: 5, retryable: false },
  PH_HOME_LAYOUT: { httpStatus: 500, exitCode: 5, retryable: false },
  PH_STATE_CORRUPT: { httpStatus: 500, exitCode: 5, retryable: false },
  PH_LEASE_HELD: { httpStatus: 409, exitCode: 3, retryable: true },
  PH_LEASE_LOST: { httpStatus: 409, exitCode: 1, retryable: true },
  PH_COMMIT_CONFLICT: { httpStatus: 409, exitCode: 4, retryable: false },
  PH_DELIVERY_GAP: { httpStatus: 409, exitCode: 4, retryable: false },
  PH_CATALOG_CONFLICT: { httpStatus: 409, exitCode: 3, retryable: false },
  PH_CATALOG_INVALID: { httpStatus: 400, exitCode: 2, retryable: false },
  PH_DATABASE_UNKNOWN: { httpStatus: 404, exitCode: 1, retryable: false },
  PH_DATABASE_EXISTS: { httpStatus: 409, exitCode: 1, retryable: false },
  PH_DATABASE_NOT_EMPTY: { httpStatus: 409, exitCode: 1, retryable: false },
  PH_TABLE_UNKNOWN: { httpStatus: 404, exitCode: 1, retryable: false },
  PH_TABLE_EXISTS: { httpStatus: 409, exitCode: 1, retryable: false },
  PH_SQL_SYNTAX: { httpStatus: 400, exitCode: 1, retryable: false },
  PH_SQL_INVALID: { httpStatus: 400, exitCode: 1, retryable: false },
  PH_SQL_UNSUPPORTED: { httpStatus: 400, exitCode: 1, retryable: false },
  PH_SQL_FAILED: { httpStatus: 500, exitCode: 1, retryable: false },
  PH_SCAN_LIMIT: { httpStatus: 403, exitCode: 3, retryable: false },
  PH_CONVERSION_FAILED: { httpStatus: 500, exitCode: 1, retryable: false },
  PH_REFERENCE_MISSING: { httpStatus: 409, exitCode: 1, retryable: false },
  PH_SOURCE_FAILED: { httpStatus: 502, exitCode: 5, retryable: true },
  PH_SOURCE_INVALID: { httpStatus: 502, exitCode: 4, retryable: false },
  PH_NOTHING_READ: { httpStatus: 500, exitCode: 4, retryable: false },
  PH_CHECK_FAILED: { httpStatus: 409, exitCode: 4, retryable: false },
  PH_DOES_NOT_ADD_UP: { httpStatus: 500, exitCode: 4, retryable: false },
  PH_SECRET_MISSING: { httpStatus: 500, exitCode: 2, retryable: false },
  PH_KEY_MISSING: { httpStatus: 500, exitCode: 5, retryable: false },
  PH_KEY_INVALID: { httpStatus: 500, exitCode: 2, retryable: false },
  PH_AUDIT_BROKEN: { httpStatus: 500, exitCode: 4, retryable: false },
  PH_PERSON_UNKNOWN: { httpStatus: 404, exitCode: 1, retryable: false },
  PH_PERSON_DEFINED: { httpStatus: 409, exitCode: 3, retryable: false },
  PH_NOTIFICATION_FAILED: { httpStatus: 502, exitCode: 1, retryable: true },
  PH_NOTIFICATION_REFUSED: { httpStatus: 502, exitCode: 1, retryable: false },
  PH_INTERRUPTED: { httpStatus: 499, exitCode: 130, retryable: true },
  PH_INTERNAL: { httpStatus: 500, exitCode: 1, retryable: false },
} as const;

export type ErrorCode = keyof typeof errorKinds;

/** A failure that a person can act on: what went wrong and where (`message`), and what to do about it (`hint`). */
export class PlayheadError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** Facts for programs (a line and column, a key, the candidates); plain JSON, never secrets. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PlayheadError';
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }

  get exitCode(): number {
    return errorKinds[this.code].exitCode;
  }

  get httpStatus(): number {
    return errorKinds[this.code].httpStatus;
  }

  get retryable(): boolean {
    return errorKinds[this.code].retryable;
  }
}

/** True for a PlayheadError, of this code where one is given. */
export function isPlayheadError(error: unknown, code?: ErrorCode): error is PlayheadError {
  return error instanceof PlayheadError && (code === undefined || error.code === code);
}
