import { mebibytes, minutes } from '../base/units.ts';
import { unknownSettings } from '../base/unknown-settings.ts';

/** What one request may bring, and how often a key may ask. */
export interface GatewayLimits {
  /** A body as it comes over the wire. */
  readonly bodyBytes: number;
  /** The same body with its gzip or zstd undone. */
  readonly inflatedBytes: number;
  /** Records of a request. */
  readonly records: number;
  /** Lists and objects within each other; the list of the records counts as one. */
  readonly depth: number;
  /** Requests of one API key within `rateWindowMs`. */
  readonly requests: number;
  readonly rateWindowMs: number;
}

/** Takes records over HTTP into a stream. Addresses, ports and certificates are of whoever serves it. */
export interface GatewayDefinition {
  readonly kind: 'gateway';
  /** Address of the stream. */
  readonly into: string;
  readonly limits: GatewayLimits;
  /** Origins whose pages may send: `https://shows.example`. Empty: none. */
  readonly cors: readonly string[];
  /** How long an Idempotency-Key is remembered. */
  readonly idempotencyMs: number;
}

export function gateway(settings: {
  into: string;
  limits?: {
    /** Default 1 MiB. */
    body?: number;
    /** Default 8 MiB. */
    inflated?: number;
    /** Default 1,000. */
    records?: number;
    /** Default 32. */
    depth?: number;
    /** Default 6,000 a minute. */
    rate?: { requests: number; per: number };
  };
  cors?: readonly string[];
  /** Milliseconds, default one day; at most the stream's retention. */
  idempotency?: number;
}): GatewayDefinition {
  const { limits = {} } = settings;
  return {
    kind: 'gateway',
    into: settings.into,
    limits: {
      bodyBytes: limits.body ?? mebibytes(1),
      inflatedBytes: limits.inflated ?? mebibytes(8),
      records: limits.records ?? 1000,
      depth: limits.depth ?? 32,
      requests: limits.rate?.requests ?? 6000,
      rateWindowMs: limits.rate?.per ?? minutes(1),
    },
    cors: settings.cors ?? [],
    idempotencyMs: settings.idempotency ?? 86_400_000,
    ...unknownSettings(settings, ['into', 'limits', 'cors', 'idempotency'], {
      limits: ['body', 'inflated', 'records', 'depth', 'rate'],
    }),
  };
}
