import { createHash } from 'node:crypto';
import { PlayheadError } from '../../base/errors.ts';
import { parseJson } from '../../record/parse-json.ts';
import type { RestEndpoint, RestPages } from './definition.ts';

/** An answer that was read. */
export interface RestPage {
  readonly document: Readonly<Record<string, unknown>>;
  readonly records: readonly unknown[];
  /** Of the records: an API that sends a page again sends these again. */
  readonly digest: string;
  /** What is sent for the next page; undefined on the last. */
  readonly next: Readonly<Record<string, string>> | undefined;
}

/** What is sent for the first page. */
export function firstPage(pages: RestPages): Readonly<Record<string, string>> {
  return pages.by === 'number' ? { [pages.parameter]: '1' } : {};
}

/**
 * Reads the answer to page `number` of an endpoint; `where` names both in errors. PH_SOURCE_INVALID where it has no list of records, or says that it is
 * another page than was asked for.
 */
export function readPage(body: Buffer, endpoint: RestEndpoint, number: number, where: string): RestPage {
  const document = parseJson(body.toString()) as Readonly<Record<string, unknown>>; // the client takes nothing but objects
  const records = document[endpoint.records];
  if (!Array.isArray(records))
    throw new PlayheadError('PH_SOURCE_INVALID', `${where}: the answer has no list "${endpoint.records}"`, {
      hint: 'The API has changed, or the definition names another field than it has.',
    });
  const digest = createHash('sha256').update(JSON.stringify(records, plainNumbers)).digest('hex');
  return { document, records, digest, next: nextPage[endpoint.pages.by](document, endpoint.pages, number, where) };
}

/** JSON has no word for whole numbers beyond 2^53. */
function plainNumbers(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

type NextPage = {
  readonly [B in RestPages['by']]: (
    document: Readonly<Record<string, unknown>>,
    pages: RestPages,
    number: number,
    where: string,
  ) => RestPage['next'];
};

const nextPage: NextPage = {
  none: () => undefined,
  number: (document, pages, number, where) => {
    if (pages.by !== 'number') return undefined;
    const is = wholeNumber(document, pages.number, where);
    const total = wholeNumber(document, pages.total, where);
    if (is !== number)
      throw new PlayheadError('PH_SOURCE_INVALID', `${where}: asked for page ${number}, the source sent page ${is}`, {
        hint: 'Taken as a new page, it would never end.',
      });
    return number >= total ? undefined : { [pages.parameter]: String(number + 1) };
  },
  cursor: (document, pages, _, where) => {
    if (pages.by !== 'cursor') return undefined;
    const next = document[pages.next];
    if (next === undefined || next === null || next === '') return undefined;
    if (typeof next === 'string' || typeof next === 'number' || typeof next === 'bigint')
      return { [pages.parameter]: String(next) };
    throw new PlayheadError(
      'PH_SOURCE_INVALID',
      `${where}: the answer's "${pages.next}" is neither text nor a number`,
      {
        hint: 'Without it, nobody knows how to ask for the next page.',
      },
    );
  },
};

function wholeNumber(document: Readonly<Record<string, unknown>>, field: string, where: string): number {
  const value = document[field];
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new PlayheadError('PH_SOURCE_INVALID', `${where}: the answer's "${field}" is no whole number`, {
    hint: 'Without it, nobody knows where the pages end.',
  });
}
