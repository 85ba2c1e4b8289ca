import { codecs } from '../../delivery/compression.ts';
import { sqlIdentifier } from '../../duck/duck.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import { type ObjectStore, readAll } from '../../lake/object-store.ts';
import type { Tracer } from './tracer.ts';

/** Fields that a record is known by, and their values as they print. */
export type Wanted = Readonly<Record<string, string>>;

/** A delivered object's lines of JSON, without the newline of the last. */
export async function linesOf(lake: ObjectStore, key: string): Promise<Buffer> {
  const codec = Object.values(codecs).findLast(({ extension }) => key.endsWith(extension)) ?? codecs.none;
  return Buffer.from(await codec.unpack((await readAll(lake, key)).bytes));
}

/** Line `row` of lines; undefined past the last. */
export function lineAt(lines: Buffer, row: number): Buffer | undefined {
  let start = 0;
  for (let i = 0; i < row; i += 1) {
    const end = lines.indexOf(0x0a, start);
    if (end < 0) return undefined;
    start = end + 1;
  }
  const end = lines.indexOf(0x0a, start);
  return start >= lines.length ? undefined : lines.subarray(start, end < 0 ? undefined : end);
}

/**
 * The fields of a row of a delivered object as they print; undefined where none is asked for, one has no value, the line is no
 * object, or the object is there no more.
 */
export async function fieldsAt(
  { lake, session }: Pick<Tracer, 'lake' | 'session'>,
  object: string,
  row: number,
  fields: readonly string[],
): Promise<readonly string[] | undefined> {
  if (fields.length === 0 || (await lake.head(object)) === undefined) return undefined;
  if (!object.endsWith('.parquet')) {
    const line = lineAt(await linesOf(lake, object), row);
    return line === undefined ? undefined : fieldsOf(line, fields);
  }
  const columns = fields.map((name) => `CAST(${sqlIdentifier(name)} AS VARCHAR)`);
  const { rows } = await session.all(`SELECT ${columns.join(', ')}
    FROM ${parquetRows(await lake.localFile(object), 'file_row_number = true')}
    WHERE file_row_number = ${row}`);
  const values = rows[0]?.map((value) => (value === null ? undefined : String(value)));
  return values?.every((value) => value !== undefined) ? values : undefined;
}

/** The same of a record's bytes. */
export function fieldsOf(record: Uint8Array, fields: readonly string[]): readonly string[] | undefined {
  const values: string[] = [];
  try {
    const parsed: unknown = JSON.parse(Buffer.from(record).toString());
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const byName = new Map<string, unknown>(Object.entries(parsed));
    for (const name of fields) {
      const value = byName.get(name);
      if (value === undefined || value === null) return undefined;
      values.push(typeof value === 'object' ? JSON.stringify(value) : String(value));
    }
    return values;
  } catch {
    // Not JSON: such a record has no fields to be known by.
    return undefined;
  }
}
