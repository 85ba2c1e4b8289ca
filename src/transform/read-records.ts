import { type DuckSession, sqlString } from '../duck/duck.ts';
import { parquetRows } from '../duck/file-rows.ts';
import { overLimit, type RejectedCheck } from '../quality/rejected-share.ts';
import type { ReadRecords, Refusal } from '../quality/table-view.ts';
import type { JobDefinition } from './definition.ts';
import { keySql } from './fingerprint.ts';
import { placedFiles, rejectedFiles } from './stage.ts';
import type { Staging } from './staging.ts';

/** Reasons for which records of one partition were refused that are told of. */
const mostReasons = 5;

/** Input objects, in the order of arrival, of one partition. */
interface PartitionFiles {
  readonly partition: string;
  readonly files: readonly { readonly path: string; readonly place: number; readonly rows: number }[];
}

/**
 * What was read of each partition of the input and what of that was refused, with the reasons where one of the checks is broken. Where later objects say anew what
 * earlier ones said (`keep: 'latest'`), a record counts no longer once a later object has a good one of its key. Needs `_inputs`.
 */
export async function readRecords(
  session: DuckSession,
  staging: Staging,
  rejected: ReadonlyMap<string, number>,
  { unique }: Pick<JobDefinition, 'unique'>,
  checks: readonly RejectedCheck[],
): Promise<readonly ReadRecords[]> {
  const all = partitionsRead(staging);
  const refused = all.filter(({ files }) => files.some(({ path }) => (rejected.get(path) ?? 0) > 0));
  const counts =
    unique?.keep === 'latest' && checks.length > 0 ? await countsOfLatest(session, staging, refused) : undefined;
  const read = all.map(({ partition, files }) => ({
    partition,
    ...(counts?.get(partition) ?? {
      records: files.reduce((sum, { rows }) => sum + rows, 0),
      rejected: files.reduce((sum, { path }) => sum + (rejected.get(path) ?? 0), 0),
    }),
    reasons: [],
  }));
  if (checks.every((check) => overLimit(check, read).length === 0)) return read;
  const reasons = await refusals(session, staging, refused);
  return read.map((each) => ({ ...each, reasons: reasons.get(each.partition) ?? [] }));
}

/** Partition of an input object, as in a path. */
export function partitionPathOf({ partition }: { readonly partition: readonly string[] }): string {
  return partition.join('/');
}

function partitionsRead({ chunks }: Staging): readonly PartitionFiles[] {
  const files = chunks.flat().map((object, place) => ({ object, place }));
  const grouped = Map.groupBy(files, ({ object }) => partitionPathOf(object));
  return [...grouped].map(([partition, found]) => ({
    partition,
    files: found.map(({ object: { path, rows }, place }) => ({ path, rows, place })),
  }));
}

/** SQL of a relation of `_file`, `_partition` and `_place`, the object's own in the order of arrival. */
function placesSql(partitions: readonly PartitionFiles[]): string {
  const rows = partitions.flatMap(({ partition, files }) =>
    files.map(({ path, place }) => `(${sqlString(path)}, ${sqlString(partition)}, ${place})`),
  );
  return `(SELECT * FROM (VALUES ${rows.join(', ')}) AS places(_file, _partition, _place))`;
}

async function countsOfLatest(
  session: DuckSession,
  staging: Staging,
  partitions: readonly PartitionFiles[],
): Promise<ReadonlyMap<string, Pick<ReadRecords, 'records' | 'rejected'>>> {
  if (partitions.length === 0) return new Map();
  const good = await placedFiles(staging, session);
  const records = [
    `SELECT _file, _record_key, true AS _refused FROM ${parquetRows(await rejectedFiles(staging, session))}`,
    ...(good.length === 0
      ? []
      : [`SELECT _file, ${keySql(staging.key)} AS _record_key, false AS _refused FROM ${parquetRows(good)}`]),
  ];
  const { rows } = await session.all(`SELECT _partition, count(*), count(*) FILTER (WHERE _refused)
    FROM (SELECT *, max(_place) FILTER (WHERE NOT _refused) OVER (PARTITION BY _partition, _record_key) AS _latest
      FROM (${records.join(' UNION ALL ')}) JOIN ${placesSql(partitions)} USING (_file))
    WHERE _record_key IS NULL OR _latest IS NULL OR _place >= _latest GROUP BY _partition`);
  return new Map(
    rows.map(([partition, count, refused]) => [
      String(partition),
      { records: Number(count), rejected: Number(refused) },
    ]),
  );
}

/** By partition, which fields broke which rules, how often, and where first: the most frequent ones. */
async function refusals(
  session: DuckSession,
  staging: Staging,
  partitions: readonly PartitionFiles[],
): Promise<ReadonlyMap<string, readonly Refusal[]>> {
  if (partitions.length === 0) return new Map();
  const { rows } = await session.all(`SELECT _partition, issue.path, issue.rule, count(*) AS times,
      arg_min(issue.got, [_place, _n]), arg_min(_object_key || ', row ' || (_n - 1 - _before), [_place, _n])
    FROM (SELECT _file, _n, unnest(_issues) AS issue FROM ${parquetRows(await rejectedFiles(staging, session))})
      JOIN _inputs USING (_file) JOIN ${placesSql(partitions)} USING (_file)
    GROUP BY 1, 2, 3 QUALIFY row_number() OVER (PARTITION BY _partition ORDER BY times DESC, issue.path, issue.rule) <= ${mostReasons}
    ORDER BY times DESC, issue.path, issue.rule`);
  const reasons = rows.map(([partition, path, rule, times, got, place]) => ({
    partition: String(partition),
    reason: { path: String(path), rule: String(rule), times: Number(times), got: String(got), place: String(place) },
  }));
  const grouped = Map.groupBy(reasons, ({ partition }) => partition);
  return new Map([...grouped].map(([partition, found]) => [partition, found.map(({ reason }) => reason)]));
}
