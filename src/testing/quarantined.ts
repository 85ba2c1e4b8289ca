import { parquetRows } from '../duck/file-rows.ts';
import { listAll } from '../lake/object-store.ts';
import type { Engine } from '../pipeline/engine/bind.ts';
import { sqlValue } from '../sql/sql-value.ts';
import { quarantineFolder } from '../transform/quarantine.ts';

/** A record that a job set aside. */
export interface QuarantinedRecord {
  /** The first rule that it broke, or `key_conflict`. */
  readonly reason: string;
  /** Every rule that it broke. */
  readonly issues: readonly Readonly<Record<string, unknown>>[];
  /** Key of the object that it was read from, and its ordinal there, from 0. */
  readonly source: string;
  readonly row: number;
  /** The line as it came. */
  readonly text: string;
}

/** What a job has set aside, in the order of the objects and rows that it came from. */
export async function quarantinedRecords(engine: Engine, job: string): Promise<readonly QuarantinedRecord[]> {
  const lake = await engine.lake();
  const files: string[] = [];
  for await (const { key, etag } of listAll(lake, quarantineFolder(job))) files.push(await lake.localFile(key, etag));
  if (files.length === 0) return [];
  await using session = await (await engine.duck()).connect();
  const { rows } = await session.all(
    `SELECT reason, issues, source, CAST(row AS DOUBLE), text FROM ${parquetRows(files)} ORDER BY source, row`,
  );
  return rows.map(([reason, issues, source, row, text]) => ({
    reason: String(reason),
    // What jobs write there: a list of structs, one for each rule.
    issues: sqlValue(issues ?? null) as QuarantinedRecord['issues'],
    source: String(source),
    row: Number(row),
    text: String(text),
  }));
}
