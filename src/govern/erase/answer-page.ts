import { createHash } from 'node:crypto';
import { type ObjectInfo, type ObjectStore, readAll } from '../../lake/object-store.ts';
import { type ByteSpan, listElements, withoutElements } from '../../record/list-elements.ts';
import type { FoundObject } from './find-in-object.ts';
import type { PersonFinder } from './person-finder.ts';

/** Where answers of an API lie as they came, many records to an object, and the fields that hold those. */
export interface AnswerPages {
  /** Of the table. */
  readonly location: string;
  readonly lists: readonly string[];
}

/** The pages that an object lies among; undefined of an object whose lines are its records. */
export function pagesAt(pages: readonly AnswerPages[], key: string): AnswerPages | undefined {
  return pages.find(({ location }) => key.startsWith(location));
}

/**
 * As `findInObject`, of an answer: its rows are the elements of its list. Where the answer names the person beside them, all
 * of it is about them.
 */
export async function findInPage(
  store: ObjectStore,
  { key, etag }: Pick<ObjectInfo, 'key' | 'etag'>,
  { lists }: AnswerPages,
  finder: PersonFinder,
): Promise<FoundObject | undefined> {
  const { bytes } = await readAll(store, key);
  const { list, elements } = elementsOf(bytes, lists);
  const beside = withoutElements(bytes, elements, () => true);
  const isTheirs = finder.isFolderOf(key) || finder.inRecord(beside);
  const rows = elements.flatMap(({ start, end }, i) =>
    isTheirs || finder.inRecord(bytes.subarray(start, end)) ? [i] : [],
  );
  const to = finder.renamed(key);
  if (rows.length === 0 && !isTheirs && to === key) return undefined;
  const page = { list, sha256: sha256Of(bytes), goesWhole: isTheirs };
  return { key, etag, container: 'none', rows, of: elements.length, page, ...(to === key ? {} : { to }) };
}

/** An answer of which it is known otherwise which elements are about the person. */
export async function foundInPage(
  store: ObjectStore,
  { key, etag }: Pick<ObjectInfo, 'key' | 'etag'>,
  { lists }: AnswerPages,
  rows: readonly number[],
): Promise<FoundObject> {
  const { bytes } = await readAll(store, key);
  const { list, elements } = elementsOf(bytes, lists);
  const page = { list, sha256: sha256Of(bytes), goesWhole: false };
  return { key, etag, container: 'none', rows, of: elements.length, page };
}

/** The answer without the entry's elements: what is left of it has the bytes that it had. */
export function pageWithout(bytes: Uint8Array, { page, rows }: Pick<FoundObject, 'page' | 'rows'>): Uint8Array {
  if (page === undefined) return bytes;
  if (page.goesWhole) return Buffer.from(JSON.stringify({ [page.list]: [] }));
  const gone = new Set(rows);
  return withoutElements(bytes, listElements(bytes, page.list) ?? [], (ordinal) => gone.has(ordinal));
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function elementsOf(
  bytes: Uint8Array,
  lists: readonly string[],
): { readonly list: string; readonly elements: readonly ByteSpan[] } {
  for (const list of lists) {
    const elements = listElements(bytes, list);
    if (elements !== undefined) return { list, elements };
  }
  return { list: lists[0] ?? '', elements: [] };
}
