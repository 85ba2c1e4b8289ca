import { type DuckSession, sqlIdentifier, sqlString } from '../../duck/duck.ts';
import { jsonRows, parquetRows } from '../../duck/file-rows.ts';
import { fieldOf, type ScoredFiles, type ScoredPath } from './scored-path.ts';

/** One thing that was to be done, and how much of it was. */
export interface Figure {
  readonly name: string;
  readonly done: number;
  readonly of: number;
  /** What it means, in words. */
  readonly what: string;
}

/** The end of an id: the spoiled copies of a record may have lost the beginning of it. */
const idEnd = 8;

/**
 * Holds the records of a truth file against the terminal table, what deliveries refused and what jobs quarantined, by key:
 * in DuckDB, a pass over each.
 */
export async function scoreRecords(
  session: DuckSession,
  truth: { readonly path: string; readonly fromMs: number },
  path: ScoredPath,
  files: ScoredFiles,
): Promise<readonly Figure[]> {
  await session.run(truthTables(truth.path));
  await session.run('CREATE TEMP TABLE kept_files (filename VARCHAR, key VARCHAR)');
  if (files.table.length > 0) {
    const named = files.table.map(({ file, key }) => `(${sqlString(file)}, ${sqlString(key)})`);
    await session.run(`INSERT INTO kept_files VALUES ${named.join(', ')}`);
  }
  const tableFiles = files.table.map(({ file }) => file);
  await session.run(`CREATE TEMP TABLE kept AS ${keptRows(path, tableFiles)}`);
  await session.run(`CREATE TEMP TABLE aside AS ${asideRows(files)}`);
  const figures: Figure[] = [];
  for (const { name, what, done, of } of questions(truth.fromMs))
    figures.push({
      name,
      what,
      done: Number((await session.value(done)) ?? 0),
      of: Number((await session.value(of)) ?? 0),
    });
  return figures;
}

/** What is asked: each a count of what was done, and one of what there was to do. */
function questions(
  fromMs: number,
): readonly (Readonly<Record<'done' | 'of', string>> & Pick<Figure, 'name' | 'what'>)[] {
  // A copy of a record from before the range is the first that came of it.
  const injected = (kind: string): string =>
    `SELECT count(*) FROM truth_records WHERE injected = ${sqlString(kind)} AND (injected = 'late' OR took_place >= make_timestamptz(${fromMs * 1000}))`;
  const once = 'id IN (SELECT id FROM kept GROUP BY id HAVING count(*) = 1)';
  const isAside = (where = 'true'): string => `right(id, ${idEnd}) IN (SELECT end_of_id FROM aside WHERE ${where})`;
  return [
    {
      name: 'events in their hour',
      what: 'events of each hour that the table has in that hour',
      done: dueOf(
        'events',
        "SELECT date_trunc('hour', instant) AS hour, count(DISTINCT id) AS found FROM kept GROUP BY hour",
      ),
      of: 'SELECT sum(events) FROM truth_hours',
    },
    {
      name: 'late events placed',
      what: 'late events that are there once, in the hour and the partition in which they took place',
      done: `${injected('late')} AND ${once} AND (id, hour) IN (SELECT id, date_trunc('hour', instant) FROM kept WHERE is_placed)`,
      of: injected('late'),
    },
    {
      name: 'duplicates found',
      what: 'records that came again and are there once',
      done: `${injected('duplicate')} AND ${once}`,
      of: injected('duplicate'),
    },
    {
      name: 'conflicts quarantined',
      what: 'records with the key of another and another payload: one is there, one in quarantine',
      done: `${injected('conflict')} AND ${once} AND ${isAside('NOT is_refused')}`,
      of: injected('conflict'),
    },
    {
      name: 'malformed caught',
      what: 'broken records that were set aside, and did nothing to the whole ones of their key',
      done: `${injected('malformed')} AND ${once} AND ${isAside()}`,
      of: injected('malformed'),
    },
    {
      name: 'invalid quarantined',
      what: 'copies that broke a rule of their fields: set aside, and the whole records of their key kept',
      done: `${injected('invalid')} AND ${once} AND ${isAside('NOT is_refused')}`,
      of: injected('invalid'),
    },
    {
      name: 'sessions whole',
      what: 'sessions that begin with their one start, and end, if they do, with their one end',
      done: dueOf('begun', 'SELECT hour, count(*) AS found FROM kept_sessions WHERE is_whole GROUP BY hour'),
      of: 'SELECT sum(begun) FROM truth_hours',
    },
    {
      name: 'sessions ended',
      what: 'ends of sessions',
      done: dueOf(
        'ended',
        "SELECT date_trunc('hour', instant) AS hour, count(*) AS found FROM kept WHERE kind = 'end' GROUP BY hour",
      ),
      of: 'SELECT sum(ended) FROM truth_hours',
    },
  ];
}

/**
 * No more of an hour than the truth has of it: the table may hold others of that hour, of runs before and after, and copies
 * that came in the range of records from before it.
 */
function dueOf(due: 'events' | 'begun' | 'ended', found: string): string {
  return `SELECT sum(least(${due}, found)) FROM truth_hours JOIN (${found}) USING (hour)`;
}

function truthTables(path: string): string {
  const lines = (columns: string, kind: string): string =>
    `FROM ${jsonRows(path, `format = 'newline_delimited', columns = {kind: 'VARCHAR', ${columns}}`)} WHERE kind = '${kind}'`;
  return `CREATE TEMP TABLE truth_records AS SELECT injected, eventId AS id, eventTime AS took_place, date_trunc('hour', eventTime) AS hour
      ${lines("injected: 'VARCHAR', eventId: 'VARCHAR', eventTime: 'TIMESTAMPTZ'", 'record')};
    CREATE TEMP TABLE truth_hours AS SELECT hour, events, begun, ended
      ${lines("hour: 'TIMESTAMPTZ', events: 'BIGINT', begun: 'BIGINT', ended: 'BIGINT'", 'event-hour')};`;
}

/** The table's rows in the simulator's words: id, session, `start`, `end` or neither, when; and whether the folder agrees. */
function keptRows({ source, terminal }: ScoredPath, files: readonly string[]): string {
  const [id, session, kind] = ['event.id', 'session.id', 'event.kind'].map((fact) => fieldOf(source, [fact]));
  const time = fieldOf(source, ['event.time', 'event.timeMs']);
  const name = (field: { readonly name: string } | undefined): string => sqlIdentifier(field?.name ?? '');
  const label = (value: string): string => sqlString(kind?.label(value) ?? value);
  const at =
    time.fact === 'event.timeMs'
      ? `make_timestamptz(CAST(${name(time)} AS BIGINT) * 1000)`
      : `CAST(${name(time)} AS TIMESTAMPTZ)`;
  const { partitions, format } = terminal.definition;
  const isHourly = ['year', 'month', 'day', 'hour'].every((key) => key in partitions);
  const placed = isHourly ? `contains(key, strftime(${at}, 'year=%Y/month=%m/day=%d/hour=%H/'))` : 'true';
  const columns = [id, session, kind, time].map((field) => `${sqlString(field?.name ?? '')}: 'VARCHAR'`);
  const rows =
    files.length === 0
      ? `(SELECT ${[id, session, kind, time].map((field) => `'' AS ${name(field)}`).join(', ')}, '' AS filename LIMIT 0)`
      : format === 'parquet'
        ? parquetRows(files, 'filename = true')
        : jsonRows(files, `format = 'newline_delimited', filename = true, columns = {${columns.join(', ')}}`);
  return `SELECT ${name(id)} AS id, ${name(session)} AS session, ${at} AS instant, ${placed} AS is_placed,
      CASE WHEN ${name(kind)} = ${label('start')} THEN 'start' WHEN ${name(kind)} IN (${label('stop')}, ${label('complete')}) THEN 'end' END AS kind
    FROM ${rows} JOIN kept_files USING (filename);
    CREATE TEMP VIEW kept_sessions AS SELECT date_trunc('hour', min(instant) FILTER (WHERE kind = 'start')) AS hour,
      count_if(kind = 'end') <= 1 AND min(instant) = min(instant) FILTER (WHERE kind = 'start')
        AND coalesce(max(instant) = max(instant) FILTER (WHERE kind = 'end'), true) AS is_whole
    FROM kept GROUP BY session
    HAVING count_if(kind = 'start') = 1`;
}

/** The ends of all ids that stand in what was set aside, and whether before any table. */
function asideRows({ refused, quarantined }: ScoredFiles): string {
  const texts = [
    "SELECT true AS is_refused, '' AS text LIMIT 0",
    ...(refused.length === 0
      ? []
      : [
          `SELECT true AS is_refused, CAST(from_base64(rawData) AS VARCHAR) AS text
           FROM ${jsonRows(refused, "format = 'newline_delimited', columns = {rawData: 'VARCHAR'}")}`,
        ]),
    ...(quarantined.length === 0
      ? []
      : [`SELECT false AS is_refused, text FROM ${parquetRows(quarantined, 'union_by_name = true')}`]),
  ];
  const union = texts.map((text) => `(${text})`).join(' UNION ALL ');
  return `SELECT DISTINCT is_refused, right(unnest(regexp_extract_all(text, '[0-9a-f]{${idEnd},}')), ${idEnd}) AS end_of_id FROM (${union})`;
}
