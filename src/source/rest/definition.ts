import type { SecretReference } from '../../base/secret.ts';
import { mebibytes, seconds } from '../../base/units.ts';
import { unknownSettings } from '../../base/unknown-settings.ts';

/** How a request proves who asks. The secret is read when a run begins; a definition only says where it is. */
export type RestAuth =
  | { readonly by: 'none' }
  | { readonly by: 'query'; readonly parameter: string; readonly secret: SecretReference }
  | { readonly by: 'bearer'; readonly secret: SecretReference };

/** How the next page is asked for. */
export type RestPages =
  | { readonly by: 'none' }
  /** Pages are numbered from 1. `number` and `total` name the fields of the answer that say which page it is, and of how many. */
  | { readonly by: 'number'; readonly parameter: string; readonly number: string; readonly total: string }
  /** `next` names the field that holds what to send for the next page; absent, null or empty on the last. */
  | { readonly by: 'cursor'; readonly parameter: string; readonly next: string };

/** One thing to ask for, and the table that the answers go into. */
export interface RestEndpoint {
  /** Under the base URL: `/tv/popular`. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Address of the table. */
  readonly into: string;
  /** Field of the answer that holds its records, a list. */
  readonly records: string;
  readonly pages: RestPages;
  /** Pages of one execution at the most; what lies behind is not asked for. */
  readonly maxPages: number;
  /** Fields that some record of every page has: where none has one any more, it is gone, though each record may lack it. */
  readonly expects: readonly string[];
  /** Whether an answer without any record may be right. */
  readonly mayBeEmpty: boolean;
}

export interface RestRetries {
  /** Attempts after the first one. */
  readonly times: number;
  /** The wait before attempt n is this to the power of n, in seconds, or what the answer's Retry-After says where that is longer. */
  readonly backoff: number;
  /** Statuses that may pass by themselves; so may silence, a broken connection, and a body that is cut off. */
  readonly statuses: readonly number[];
}

/** What happens when answers stop looking like the table's record: refuse them; take them, and new fields into the table; or take them as if nothing were new. */
export const restContracts = ['freeze', 'evolve', 'discard'] as const;
export type RestContract = (typeof restContracts)[number];

/**
 * An HTTP API that answers in JSON. Each answer is kept as it came, as one object of one line, with metadata added.
 * Templates fill in `{endpoint}`, `{execution_id}`, `{page}`, `{date}` (`2026-11-23`, UTC), `{time}` (ISO 8601), and the
 * `values` themselves.
 */
export interface RestSource {
  readonly kind: 'source';
  readonly source: 'rest';
  /** Without a slash at its end; from the environment where the variable is set. Plain HTTP goes to this machine alone. */
  readonly baseUrl: { readonly env?: string; readonly otherwise: string };
  readonly auth: RestAuth;
  /** Of one attempt, to the last byte of its body. */
  readonly timeoutMs: number;
  readonly retries: RestRetries;
  /** Of all endpoints together. */
  readonly requestsPerSecond?: number;
  /** Of an answer's body, unpacked. */
  readonly mostBytes: number;
  /** Fields of an error's JSON body that are worth showing. */
  readonly errorFields: readonly string[];
  readonly endpoints: Readonly<Record<string, RestEndpoint>>;
  readonly contract: RestContract;
  /** Templates by name; those of a table's partitions say where an object lies. */
  readonly values: Readonly<Record<string, string>>;
  /** Templates of an object's name, under its partition: of the first page, and of those after it. */
  readonly objectName: { readonly first: string; readonly further: string };
  /** Template of each field of `_metadata`. */
  readonly metadata: Readonly<Record<string, string>>;
}

type EndpointSettings = Pick<RestEndpoint, 'path' | 'into' | 'records'> & Partial<RestEndpoint>;

const settingNames = [
  'baseUrl',
  'auth',
  'timeout',
  'retries',
  'requestsPerSecond',
  'mostBytes',
  'errorFields',
  'endpoints',
  'contract',
  'values',
  'objectName',
  'metadata',
];

const endpointNames = ['path', 'parameters', 'into', 'records', 'pages', 'maxPages', 'expects', 'mayBeEmpty'];

export function restSource(settings: {
  baseUrl: string | { env: string; otherwise: string };
  auth?: { query: string; secret: SecretReference } | { bearer: SecretReference };
  /** Milliseconds, default 30 s. */
  timeout?: number;
  retries?: Partial<RestRetries>;
  requestsPerSecond?: number;
  /** Default 8 MiB. */
  mostBytes?: number;
  errorFields?: readonly string[];
  endpoints: Readonly<Record<string, EndpointSettings>>;
  /** Default `freeze`. */
  contract?: RestContract;
  values?: Readonly<Record<string, string>>;
  objectName?: { first: string; further: string };
  metadata?: Readonly<Record<string, string>>;
}): RestSource {
  const { baseUrl, requestsPerSecond } = settings;
  return {
    kind: 'source',
    source: 'rest',
    baseUrl: typeof baseUrl === 'string' ? { otherwise: baseUrl } : baseUrl,
    auth: authOf(settings.auth),
    timeoutMs: settings.timeout ?? seconds(30),
    retries: { times: 3, backoff: 2, statuses: [429, 500, 502, 503, 504], ...settings.retries },
    ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
    mostBytes: settings.mostBytes ?? mebibytes(8),
    errorFields: settings.errorFields ?? [],
    endpoints: Object.fromEntries(Object.entries(settings.endpoints).map(([name, each]) => [name, endpointOf(each)])),
    contract: settings.contract ?? 'freeze',
    values: settings.values ?? {},
    objectName: settings.objectName ?? { first: '{execution_id}.json', further: '{execution_id}-p{page}.json' },
    metadata: settings.metadata ?? {},
    ...unknownSettings(settings, settingNames, { retries: ['times', 'backoff', 'statuses'] }),
  };
}

function authOf(auth: { query: string; secret: SecretReference } | { bearer: SecretReference } | undefined): RestAuth {
  if (auth === undefined) return { by: 'none' };
  return 'bearer' in auth
    ? { by: 'bearer', secret: auth.bearer }
    : { by: 'query', parameter: auth.query, secret: auth.secret };
}

function endpointOf(settings: EndpointSettings): RestEndpoint {
  return {
    path: settings.path,
    parameters: settings.parameters ?? {},
    into: settings.into,
    records: settings.records,
    pages: settings.pages ?? { by: 'none' },
    maxPages: settings.maxPages ?? 1,
    expects: settings.expects ?? [],
    mayBeEmpty: settings.mayBeEmpty ?? false,
    ...unknownSettings(settings, endpointNames),
  };
}
