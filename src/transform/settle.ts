import { join } from 'node:path';
import { type DuckSession, sqlIdentifier, sqlString } from '../duck/duck.ts';
import { parquetRows } from '../duck/file-rows.ts';
import { duplicate, keyConflict } from './fates.ts';
import { hashSql, keySql } from './fingerprint.ts';
import { notReplayed, rowInSource } from './input-files.ts';
import { arrivalOrder, sidecarColumns } from './sidecar.ts';
import { placedFiles } from './stage.ts';
import type { Staging } from './staging.ts';

/** A sidecar that is asked: where it can be read, and which bucket's records it lists. */
export interface KnownSidecar {
  readonly bucket: number;
  readonly path: string;
}

export interface UniqueRule {
  readonly key: readonly string[];
  readonly keep: 'first' | 'last' | 'latest';
  /** How many buckets apart two records of one key may lie and still be compared; undefined: however many. */
  readonly reach?: number;
}

export interface Settlement {
  /** Buckets from which a row of the table must go, for a record that came before (or after) it has turned up. */
  readonly superseded: readonly number[];
  /** Buckets whose sidecars list a key that came again: without them, another run would decide otherwise. */
  readonly met: readonly number[];
}

/** Where a settlement lists what it decided, for `mergePartition`. */
export function settlementFiles(staging: Staging): { readonly lost: string; readonly superseded: string } {
  return { lost: join(staging.folder, 'lost.parquet'), superseded: join(staging.folder, 'superseded.parquet') };
}

/**
 * Decides which of the staged records become rows. A record is a repetition where another of its key, in a bucket within
 * reach, comes before it (after it, with `keep: 'last'`) in the order of arrival, whatever became of that one: so it makes
 * no difference which of them was read first, and in how many runs. Compared with the first of those, a repetition is a
 * duplicate where its payload is the same, else a key conflict. A row of the table stands for a record of the same payload.
 * With `keep: 'latest'` the records of the latest object come first, within it in their order: what an object repeats is a
 * duplicate whatever it says, and what an earlier one said is superseded.
 *
 * Hashes find the few records that meet, their keys decide. Needs `_inputs`; memory is bounded by DuckDB, which spills.
 */
export async function settle(
  session: DuckSession,
  staging: Staging,
  rule: UniqueRule | undefined,
  known: readonly KnownSidecar[],
): Promise<Settlement> {
  const { lost, superseded } = settlementFiles(staging);
  const placed = await placedFiles(staging, session);
  await session.run(rule === undefined || placed.length === 0 ? nothingMeets : meetings(rule, placed, known, staging));
  await session.run(`COPY (SELECT _file, _n, bucket AS _bucket, fate AS _fate FROM _judged WHERE fresh AND fate <> 'written')
      TO ${sqlString(lost)} (FORMAT parquet);
    COPY (SELECT key, bucket, source, row, arrived_ms, source_commit FROM _judged WHERE stands AND fate <> 'written')
      TO ${sqlString(superseded)} (FORMAT parquet)`);
  return {
    superseded: await bucketsWhere(session, `stands AND fate <> 'written'`),
    met: await bucketsWhere(session, 'NOT fresh'),
  };
}

const nothingMeets = `CREATE OR REPLACE TABLE _judged (_file VARCHAR, _n BIGINT, bucket BIGINT, key VARCHAR, source VARCHAR,
  row BIGINT, arrived_ms BIGINT, source_commit BIGINT, fresh BOOLEAN, stands BOOLEAN, fate VARCHAR)`;

/** SQL of `_judged`: every record whose key is there twice within the window, staged (`fresh`) or known, with its fate. */
function meetings(
  { key, keep, reach }: UniqueRule,
  placed: readonly string[],
  known: readonly KnownSidecar[],
  staging: Staging,
): string {
  const order = arrivalOrder.map((column) => `${column} ${isRising(keep, column) ? 'ASC' : 'DESC'}`).join(', ');
  const frame = reach === undefined ? '' : ` ORDER BY bucket RANGE BETWEEN ${reach} PRECEDING AND ${reach} FOLLOWING`;
  const columns = Object.entries(sidecarColumns).map(
    ([name, type]) => `CAST(NULL AS ${type}) AS ${sqlIdentifier(name)}`,
  );
  const sidecars =
    known.length === 0 ? `(SELECT ${columns.join(', ')} WHERE false)` : parquetRows(known.map(({ path }) => path));
  return `CREATE OR REPLACE VIEW _staged AS SELECT *, ${keySql(key)} AS _record_key, ${hashSql(keySql(key))} AS _key_hash
      FROM ${parquetRows(placed)};
    CREATE OR REPLACE VIEW _known AS SELECT * FROM ${notReplayed(staging, sidecars)};
    CREATE OR REPLACE TABLE _met AS
      SELECT _key_hash FROM _staged GROUP BY _key_hash HAVING count(*) > 1
      UNION SELECT key_hash FROM _known SEMI JOIN _staged ON key_hash = _key_hash;
    CREATE OR REPLACE TABLE _ordered AS
      SELECT *, row_number() OVER (ORDER BY ${order}) AS place FROM (
        SELECT _file, _n, _bucket AS bucket, _record_key AS key, _payload_hash AS payload_hash, _object_key AS source,
          ${rowInSource} AS row, _arrived_ms AS arrived_ms, _source_commit AS source_commit, true AS fresh, false AS stands
        FROM _staged SEMI JOIN _met USING (_key_hash) JOIN _inputs USING (_file)
        UNION ALL
        SELECT NULL, NULL, bucket, key, payload_hash, source, row, arrived_ms, source_commit, false, fate = 'written'
        FROM _known SEMI JOIN _met ON key_hash = _key_hash);
    CREATE OR REPLACE TABLE _judged AS
      SELECT r.*, CASE
          WHEN r.place = r.best THEN CASE WHEN fresh AND r.stood THEN 'deduplicated' ELSE 'written' END
          ${keep === 'latest' ? `WHEN r.row > r.own THEN '${duplicate}'` : ''}
          WHEN r.payload_hash = b.payload_hash THEN CASE WHEN fresh THEN 'deduplicated' ELSE 'written' END
          ELSE '${loserFate(keep)}' END AS fate
      FROM (SELECT *, min(place) OVER (PARTITION BY key${frame}) AS best, min(row) OVER (PARTITION BY key, source) AS own,
          bool_or(stands) OVER (PARTITION BY key, payload_hash) AS stood FROM _ordered) r
        JOIN (SELECT place AS best, payload_hash FROM _ordered) b USING (best);
    DROP TABLE _ordered; DROP TABLE _met`;
}

/** Within an object, the latest report of all, the first of a key counts. */
function isRising(keep: UniqueRule['keep'], column: (typeof arrivalOrder)[number]): boolean {
  return keep === 'first' || (keep === 'latest' && column === 'row');
}

/** What becomes of the one of two records that say different things of a key. */
export function loserFate(keep: UniqueRule['keep']): string {
  return keep === 'latest' ? 'superseded' : keyConflict;
}

async function bucketsWhere(session: DuckSession, condition: string): Promise<readonly number[]> {
  const { rows } = await session.all(`SELECT DISTINCT bucket FROM _judged WHERE ${condition} ORDER BY bucket`);
  return rows.map(([bucket]) => Number(bucket));
}
