import type { Effects } from '../../base/effects.ts';
import { jsonObjectRows } from '../../duck/file-rows.ts';
import { integerLeaves, isRecord, type JsonStructure, jsonColumns } from './json-structure.ts';
import type { InferredColumn } from './merge-types.ts';
import type { SamplePorts, Unreadable } from './object-sample.ts';
import { wholeValues } from './whole-values.ts';

export interface TextSample {
  readonly format: 'json' | 'csv';
  readonly columns: readonly InferredColumn[];
  readonly rows: number;
  /** How much of the text holds these rows. */
  readonly usedBytes: number;
  /** JSON that is not one object a line: Athena, Hive and Spark read lines. */
  readonly notLines?: true;
}

const maxInt = 2n ** 31n - 1n;

/** Lines, values one after the other, or one array. Undefined where no whole value is in the text. */
export async function sampleJson(
  text: Uint8Array,
  whole: boolean,
  { session, spoolFile }: SamplePorts,
  effects: Effects,
): Promise<TextSample | Unreadable | undefined> {
  const values = whole ? text : wholeValues(text);
  if (values.length === 0) return undefined;
  await effects.fs.writeFile(spoolFile, values);
  const source = jsonObjectRows(spoolFile, "format = 'auto', maximum_object_size = 33554432");
  const found = await session.all(`SELECT json_group_structure(json), count(*) FROM ${source}`);
  const [written, rows] = found.rows[0] ?? [];
  // A parsed boundary: DuckDB documents these three shapes as all that the function makes.
  const structure = JSON.parse(String(written ?? 'null')) as JsonStructure | null;
  if (structure === null || !isRecord(structure)) return { unreadable: 'JSON, but its values are not objects' };
  const leaves = integerLeaves(structure);
  const wide = new Set<string>();
  if (leaves.length > 0) {
    const widest = await session.all(`SELECT ${leaves.map((leaf) => leaf.widest).join(', ')} FROM ${source}`);
    leaves.forEach(({ path }, i) => {
      const value = widest.rows[0]?.[i];
      if (value === null || BigInt(String(value)) > maxInt) wide.add(path);
    });
  }
  const known = new Set(leaves.map((leaf) => leaf.path));
  return {
    format: 'json',
    columns: jsonColumns(structure, (path) => known.has(path) && !wide.has(path)),
    rows: Number(rows),
    usedBytes: values.length,
    ...(isLines(values, Number(rows)) ? {} : { notLines: true }),
  };
}

function isLines(text: Uint8Array, rows: number): boolean {
  const isList = text.find((byte) => byte > 0x20) === 0x5b;
  return !isList && countLines(text) === rows;
}

/** Lines that are not blank. */
function countLines(text: Uint8Array): number {
  let lines = 0;
  let isBlank = true;
  for (const byte of text) {
    if (byte > 0x20) isBlank = false;
    if (byte === 0x0a && !isBlank) lines += 1;
    if (byte === 0x0a) isBlank = true;
  }
  return isBlank ? lines : lines + 1;
}
