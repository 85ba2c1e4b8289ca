import { restContracts } from '../../source/rest/definition.ts';
import { secret } from './secret.ts';
import { flag, list, matching, named, number, object, oneOf, optional, text, variant, wholeNumber } from './shape.ts';

const positive = wholeNumber({ min: 1 });

const auth = variant('by', {
  none: object({ by: oneOf('none') }),
  query: object({ by: oneOf('query'), parameter: text, secret }),
  bearer: object({ by: oneOf('bearer'), secret }),
});

const pages = variant('by', {
  none: object({ by: oneOf('none') }),
  number: object({ by: oneOf('number'), parameter: text, number: text, total: text }),
  cursor: object({ by: oneOf('cursor'), parameter: text, next: text }),
});

const endpoint = object({
  path: matching(/^\/[^?#]*$/, 'a path that begins with "/", without a query'),
  parameters: named(text),
  into: text,
  records: text,
  pages,
  maxPages: positive,
  expects: list(text),
  mayBeEmpty: flag,
});

/** A source that asks an API. */
export const restShape = object({
  kind: oneOf('source'),
  source: oneOf('rest'),
  baseUrl: object({ env: optional(text), otherwise: matching(/^https?:\/\/[^?#]+$/, 'a URL without a query') }),
  auth,
  timeoutMs: positive,
  retries: object({
    times: wholeNumber({ min: 0, max: 10 }),
    backoff: number,
    statuses: list(wholeNumber({ min: 400, max: 599 })),
  }),
  requestsPerSecond: optional(number),
  mostBytes: positive,
  errorFields: list(text),
  endpoints: named(endpoint),
  contract: oneOf(...restContracts),
  values: named(text),
  objectName: object({ first: text, further: text }),
  metadata: named(text),
});
