import type { DuckSession } from '../../duck/duck.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import type { ObjectInfo, ObjectStore } from '../../lake/object-store.ts';
import { type Packing, packingOf, unpacked } from '../../lake/packing.ts';
import type { TypedColumn } from './person.ts';
import type { PersonFinder } from './person-finder.ts';
import { recordsOf } from './text-lines.ts';

/** An object that names the person, in its rows or in its key: rows by ordinal from 0. */
export interface FoundObject {
  readonly key: string;
  readonly etag: string;
  readonly container: Packing | 'parquet';
  /** Ordinals of the rows about the person, rising. */
  readonly rows: readonly number[];
  /** Rows there are. */
  readonly of: number;
  /** The key that it gets, where its own names the person. */
  readonly to?: string;
  /**
   * Of an answer of an API: the field that holds its records, which `rows` counts; the object's hash; and whether all of it is
   * about the person.
   */
  readonly page?: { readonly list: string; readonly sha256: string; readonly goesWhole: boolean };
  /** Of an object that a lifecycle took: what is said of it changes, and nothing else. */
  readonly absent?: { readonly sizeBytes: number };
}

/** Undefined where the object does not name the person. Memory: a part of the object at a time, and the ordinals found. */
export async function findInObject(
  store: ObjectStore,
  session: DuckSession,
  { key, etag, sizeBytes }: ObjectInfo,
  finder: PersonFinder,
): Promise<FoundObject | undefined> {
  const head = await headOf(store, key, etag);
  const isTheirs = finder.isFolderOf(key);
  const name = finder.renamed(key);
  const to = name === key ? {} : { to: name };
  if (isParquet(head)) {
    // Without its etag: a path that outlives the object would keep what is to go.
    const file = await store.localFile(key);
    const condition = isTheirs ? 'true' : finder.condition(await columnsOf(session, file));
    const rows = await rowsWhere(session, file, condition);
    if (rows.length === 0 && name === key) return undefined;
    return { key, etag, container: 'parquet', rows, of: await countOf(session, file), ...to };
  }
  const container = packingOf(head, key);
  if (sizeBytes === 0 && name === key) return undefined;
  const { body } = await store.get(key, { ifMatch: etag });
  const rows: number[] = [];
  let of = 0;
  for await (const line of recordsOf(unpacked(body, container), key)) {
    if (isTheirs || finder.inRecord(line)) rows.push(of);
    of += 1;
  }
  return rows.length === 0 && name === key ? undefined : { key, etag, container, rows, of, ...to };
}

/** An object of which it is known otherwise which rows are about the person. */
export async function foundRows(
  store: ObjectStore,
  session: DuckSession,
  { key, etag }: Pick<ObjectInfo, 'key' | 'etag'>,
  rows: readonly number[],
): Promise<FoundObject> {
  const head = await headOf(store, key, etag);
  if (isParquet(head))
    return { key, etag, container: 'parquet', rows, of: await countOf(session, await store.localFile(key)) };
  const container = packingOf(head, key);
  let of = 0;
  for await (const _ of recordsOf(unpacked((await store.get(key, { ifMatch: etag })).body, container), key)) of += 1;
  return { key, etag, container, rows, of };
}

export function isParquet(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, 4)).toString('latin1') === 'PAR1';
}

export async function columnsOf(session: DuckSession, file: string): Promise<readonly TypedColumn[]> {
  const { rows } = await session.all(`DESCRIBE SELECT * FROM ${parquet(file)}`);
  return rows.map(([name, type]) => ({ name: String(name), type: String(type) }));
}

export function parquet(file: string): string {
  return parquetRows(file);
}

async function rowsWhere(session: DuckSession, file: string, condition: string): Promise<readonly number[]> {
  const { rows } = await session.all(
    `SELECT file_row_number FROM ${parquetRows(file, 'file_row_number = true')}
     WHERE ${condition} ORDER BY 1`,
  );
  return rows.map(([row]) => Number(row));
}

async function countOf(session: DuckSession, file: string): Promise<number> {
  return Number(await session.value(`SELECT count(*) FROM ${parquet(file)}`));
}

async function headOf(store: ObjectStore, key: string, etag: string): Promise<Uint8Array> {
  const { body } = await store.get(key, { range: { start: 0, end: 8 }, ifMatch: etag });
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}
