import { formatCount } from '../../base/units.ts';
import { type DuckSession, sqlString } from '../../duck/duck.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import { quarantineTableName } from '../../table/quarantine-table.ts';
import { versionFile } from '../../table/retained.ts';
import { failedOutput } from '../../transform/failed-output.ts';
import { mendBySql } from '../../transform/mend-by-sql.ts';
import { apart, inOrderOfArrival } from '../../transform/mending.ts';
import type { Engine } from '../engine/bind.ts';
import type { Addressed } from '../graph/address.ts';
import { boundJob } from '../run/run-job.ts';

/** What a job has in quarantine for one reason. */
export interface QuarantinedReason {
  readonly job: string;
  readonly table: string;
  readonly reason: string;
  readonly records: number;
  /** What was found in the first one: where a rule says it, else the key that another record has, too. */
  readonly example: string | null;
}

/** `3 for wrong_type, as seconds: "six"`. */
export function reasonText({ reason, records, example }: QuarantinedReason): string {
  return [`${formatCount(records)} for ${reason}`, ...(example === null ? [] : [`as ${example}`])].join(', ');
}

export interface QuarantinedRecord {
  readonly reason: string;
  /** What is wrong in it, rule by rule; empty of one that lost to another record. */
  readonly issues: readonly QuarantinedIssue[];
  readonly source: string;
  readonly row: number;
  readonly text: string;
}

export interface QuarantinedIssue {
  /** The field, or the fields that a check is about; empty for the record as a whole. */
  readonly path: string;
  /** A rule of record types, or a check's name. */
  readonly rule: string;
  readonly expected: string;
  readonly got: string | null;
}

/** Counts by reason, the most frequent first. */
export async function quarantinedReasons(engine: Engine, job: Addressed<'job'>): Promise<readonly QuarantinedReason[]> {
  const { target } = await boundJob(engine, job);
  const relation = await quarantineRelation(engine, job);
  if (relation === undefined) return [];
  await using session = await (await engine.duck()).connect();
  const { rows } = await session.all(`SELECT reason, count(*),
      coalesce(min_by(${issueShown}, (source, row)), min_by(${keyShown(job)}, (source, row)))
    FROM ${relation} GROUP BY reason ORDER BY count(*) DESC, reason`);
  return rows.map(([reason, records, example]) => ({
    job: job.address,
    table: `${target.database}.${quarantineTableName(target)}`,
    reason: String(reason),
    records: Number(records),
    example: example === null || example === undefined ? null : String(example),
  }));
}

/** SQL of `plays: many`; of an issue of the record as a whole, of what was got alone. */
const issueShown = "CASE issues[1].path WHEN '' THEN '' ELSE issues[1].path || ': ' END || issues[1].got";

/** SQL of `play_id: 7`, of a record's text; NULL where it has no key. */
function keyShown({ definition: { unique } }: Addressed<'job'>): string {
  const shown = (unique?.key ?? []).map((name) => {
    return `${sqlString(`${name}: `)} || json_extract_string(text, ${sqlString(`/${pointed(name)}`)})`;
  });
  return shown.length === 0 ? 'NULL' : `CASE WHEN json_valid(text) THEN concat_ws(', ', ${shown.join(', ')}) END`;
}

/** A name as JSON pointers write it (RFC 6901). */
function pointed(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The records themselves, in the order of arrival. `where` asks of the record's fields, `reason`, `source` and `row`. */
export async function* quarantinedRecords(
  engine: Engine,
  job: Addressed<'job'>,
  options: { readonly where?: string; readonly limit?: number },
): AsyncGenerator<QuarantinedRecord> {
  const { input } = await boundJob(engine, job);
  // Asked first: a condition that names no field is wrong whether or not there is a record.
  const { prepare, fields, chosen } = await mendBySql(input.table.record, [], options.where);
  const relation = await quarantineRelation(engine, job);
  if (relation === undefined) return;
  await using session = await (await engine.duck()).connect();
  await prepare(session);
  const limit = options.limit === undefined ? '' : `LIMIT ${options.limit}`;
  const columns = (['reason', 'source', 'row', 'text'] as const).map(apart).join(', ');
  const select = `SELECT ${columns}, to_json(${apart('issues')}) FROM ${fields(relation)} WHERE ${chosen}
    ORDER BY ${inOrderOfArrival} ${limit}`;
  yield* recordsOf(session, select);
}

/** The records that broke a check of severity `fail` or `warn` in the run whose output was kept back; none where there is none. */
export async function* failedRecords(
  engine: Engine,
  job: Addressed<'job'>,
  limit: number,
): AsyncGenerator<QuarantinedRecord> {
  const lake = await engine.lake();
  const rows = (await failedOutput(lake, job.address))?.rows;
  if (rows === undefined) return;
  await using session = await (await engine.duck()).connect();
  yield* recordsOf(
    session,
    `SELECT "check", source, row, text, to_json([{path: path, rule: "check", expected: expected, got: got}])
     FROM ${parquetRows(await lake.localFile(rows))} LIMIT ${limit}`,
  );
}

async function* recordsOf(session: DuckSession, select: string): AsyncGenerator<QuarantinedRecord> {
  for await (const { rows } of session.stream(select))
    for (const [reason, source, row, text, issues] of rows)
      yield {
        reason: String(reason),
        // A list of structs of that form, as JSON.
        issues: JSON.parse(String(issues)) as QuarantinedIssue[],
        source: String(source),
        row: Number(row),
        text: String(text),
      };
}

/** What commits say is in quarantine; undefined where nothing ever was. */
export async function quarantineRelation(engine: Engine, job: Addressed<'job'>): Promise<string | undefined> {
  const { target } = await boundJob(engine, job);
  const catalog = await engine.catalog();
  const name = quarantineTableName(target);
  if ((await catalog.table(target.database, name)) === undefined) return undefined;
  const lake = await engine.lake();
  const paths: string[] = [];
  for (const object of await catalog.objects(target.database, name)) paths.push(await versionFile(lake, object));
  return paths.length === 0 ? undefined : parquetRows(paths);
}
