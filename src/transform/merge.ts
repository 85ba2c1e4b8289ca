import { type DuckSession, sqlIdentifier, sqlString, sqlStringList } from '../duck/duck.ts';
import { duckColumns } from '../record/columns.ts';
import { type Publisher, publisherMetadata } from '../table/publish.ts';
import type { JobPlan } from './job-plan.ts';

export interface MergeTask {
  readonly plan: JobPlan;
  /** Files of the bucket's new rows, as staged. */
  readonly arrived: readonly string[];
  /** The partition's present object, absent where it has none. */
  readonly published?: string;
  readonly publisher: Publisher;
  /** Where the partition's next object is written. */
  readonly made: string;
  /** Where the rows that lost to another of their key are listed: `_file`, `_n`, `_same`. */
  readonly losers: string;
  /** Where rows of the table that gave way are kept: `_original`. */
  readonly superseded: string;
}

export interface MergeResult {
  /** Rows of the partition's next object. */
  readonly rows: number;
  readonly publishedRows: number;
  readonly arrivedRows: number;
  readonly supersededRows: number;
  /** Rows that lost, by input file: equal to the one that was kept, or in conflict with it. */
  readonly lost: readonly { readonly file: string; readonly same: boolean; readonly rows: number }[];
}

/**
 * Makes a partition's next object: the published rows and the new ones, one row a key. Which one stays is the job's
 * `keep`, by order of arrival; published rows arrived before new ones. A loser whose values equal the winner's is a
 * duplicate; any other is a key conflict. Needs the tables of `prepareMerge` on the session.
 */
export async function mergePartition(session: DuckSession, task: MergeTask): Promise<MergeResult> {
  const { plan, arrived, published } = task;
  await session.run(`CREATE OR REPLACE VIEW _arrived AS
    SELECT a.*, i._object FROM read_parquet(${sqlStringList(arrived)}, hive_partitioning = false) a JOIN _inputs i USING (_file)`);
  await session.run('CREATE OR REPLACE TABLE _lost (_file VARCHAR, _n BIGINT, _same BOOLEAN)');
  const { definition } = plan;
  const fresh = definition.unique === undefined ? '_arrived' : await settleArrived(session, plan, definition.unique);
  await session.run(`CREATE OR REPLACE VIEW _input AS SELECT ${inputFields(plan)} FROM ${fresh}`);
  for (const name of plan.select.inputs)
    await session.run(`CREATE OR REPLACE VIEW ${sqlIdentifier(name)} AS SELECT * FROM _input`);
  let next = `SELECT ${castColumns(plan)} FROM (${plan.select.sql})`;
  if (published !== undefined) next = await mergePublished(session, task, published, next, fresh);
  const rows = await session.run(`COPY (${next}) TO ${sqlString(task.made)}
    (FORMAT parquet, COMPRESSION zstd, KV_METADATA ${publisherMetadata(task.publisher)})`);
  await session.run(`COPY _lost TO ${sqlString(task.losers)} (FORMAT parquet)`);
  return {
    rows,
    publishedRows: published === undefined ? 0 : await countOf(session, `read_parquet(${sqlString(published)})`),
    arrivedRows: await countOf(session, '_arrived'),
    supersededRows: published === undefined ? 0 : await countOf(session, '_superseded'),
    lost: await lostRows(session),
  };
}

/** The order of arrival of the input files, on the session of each worker. */
export async function prepareMerge(session: DuckSession, files: readonly string[], plan: JobPlan): Promise<void> {
  await session.run(
    `CREATE OR REPLACE TABLE _inputs AS SELECT unnest(${sqlStringList(files)}) AS _file, unnest(range(${files.length})) AS _object`,
  );
  for (const macro of plan.select.macros) await session.run(macro);
}

type Unique = NonNullable<JobPlan['definition']['unique']>;

/** One row a key among the new ones. Returns the relation of those that stay. */
async function settleArrived(session: DuckSession, plan: JobPlan, { key, keep }: Unique): Promise<string> {
  const keys = key.map(sqlIdentifier).join(', ');
  const values = Object.keys(plan.input.record.fields).map(sqlIdentifier).join(', ');
  const direction = keep === 'first' ? 'ASC' : 'DESC';
  const order = `(PARTITION BY ${keys} ORDER BY _object ${direction}, _n ${direction})`;
  await session.run(`INSERT INTO _lost SELECT _file, _n, _hash = _winner FROM (
    SELECT _file, _n, _hash, first_value(_hash) OVER ${order} AS _winner, row_number() OVER ${order} AS _rank
    FROM (SELECT ${keys}, _file, _object, _n, hash(${values}) AS _hash FROM _arrived
      SEMI JOIN (SELECT ${keys} FROM _arrived GROUP BY ALL HAVING count(*) > 1) USING (${keys}))) WHERE _rank > 1`);
  if ((await countOf(session, '_lost')) === 0) return '_arrived';
  await session.run('CREATE OR REPLACE TABLE _duplicate AS SELECT _file, _n FROM _lost');
  return '(SELECT * FROM _arrived ANTI JOIN _duplicate USING (_file, _n))';
}

/** The SQL of published and new rows together; lists who loses to whom. */
async function mergePublished(
  session: DuckSession,
  { plan, superseded }: MergeTask,
  published: string,
  made: string,
  fresh: string,
): Promise<string> {
  const columns = targetColumns(plan);
  await session.run(`CREATE OR REPLACE TABLE _made AS ${made};
    CREATE OR REPLACE VIEW _published AS SELECT ${columns.join(', ')} FROM read_parquet(${sqlString(published)}, hive_partitioning = false);
    CREATE OR REPLACE TABLE _superseded (_original VARCHAR)`);
  const both = 'SELECT * FROM _published UNION ALL SELECT * FROM _made';
  const unique = plan.definition.unique;
  if (unique === undefined) return both;
  const keys = unique.key.map(sqlIdentifier).join(', ');
  const same = columns.map((name) => `m.${name} IS NOT DISTINCT FROM p.${name}`).join(' AND ');
  const met = await session.run(
    `CREATE OR REPLACE TABLE _met AS SELECT ${unique.key.map((name) => `m.${sqlIdentifier(name)}`).join(', ')}, ${same} AS _same
     FROM _made m JOIN _published p USING (${keys})`,
  );
  if (met === 0 && (await countOf(session, '_met')) === 0) return both;
  const loses = unique.keep === 'first' ? 'true' : '_same';
  await session.run(
    `INSERT INTO _lost SELECT f._file, f._n, m._same FROM ${fresh} f JOIN _met m USING (${keys}) WHERE ${loses}`,
  );
  if (unique.keep === 'first')
    return `SELECT * FROM _published UNION ALL SELECT * FROM _made ANTI JOIN _met USING (${keys})`;
  await session.run(`INSERT INTO _superseded SELECT CAST(to_json(p) AS VARCHAR) FROM _published p
      SEMI JOIN (SELECT ${keys} FROM _met WHERE NOT _same) USING (${keys});
    COPY _superseded TO ${sqlString(superseded)} (FORMAT parquet)`);
  return `SELECT * FROM _published ANTI JOIN (SELECT ${keys} FROM _met WHERE NOT _same) USING (${keys})
    UNION ALL SELECT * FROM _made ANTI JOIN (SELECT ${keys} FROM _met WHERE _same) USING (${keys})`;
}

async function lostRows(session: DuckSession): Promise<MergeResult['lost']> {
  const { rows } = await session.all('SELECT _file, _same, count(*) FROM _lost GROUP BY ALL');
  return rows.map(([file, same, count]) => ({ file: String(file), same: same === true, rows: Number(count) }));
}

async function countOf(session: DuckSession, relation: string): Promise<number> {
  return Number(await session.value(`SELECT count(*) FROM ${relation}`));
}

function inputFields(plan: JobPlan): string {
  return Object.keys(plan.input.record.fields).map(sqlIdentifier).join(', ');
}

function targetColumns(plan: JobPlan): readonly string[] {
  return duckColumns(plan.target.record).map(({ name }) => sqlIdentifier(name));
}

function castColumns(plan: JobPlan): string {
  return duckColumns(plan.target.record)
    .map(({ name, type }) => `CAST(${sqlIdentifier(name)} AS ${type}) AS ${sqlIdentifier(name)}`)
    .join(', ');
}
