import { aggregateNames } from '../sql/duckdb/functions/aggregate-names.ts';
import { functions } from '../sql/duckdb/functions/registry.ts';

const keywords = `
  all and any array as asc at between bigint boolean by case cast char coalesce create cross cube current current_date
  current_time current_timestamp date day dec decimal default delete desc describe distinct double drop else end escape
  except exists explain external extract false fetch filter first float following for from full group grouping having hour
  if in inner insert int integer intersect interval into is join json last lateral left like limit localtime localtimestamp
  location map millisecond minute month msck natural next not null nullif nulls numeric offset on only or order ordinality
  outer over partition partitioned precision preceding prepare quarter range real recursive repair replace right rollup row
  rows second select set sets show similar smallint some stored struct substring table tables tablesample then time
  timestamp tinyint to trim true truncate try try_cast unbounded union unnest update using values varbinary varchar view
  week when where window with within without year zone
`;

/** Words of SQL and names of its functions, in lower case: they say nothing about anybody. */
export const sqlVocabulary: ReadonlySet<string> = new Set([
  ...keywords.trim().split(/\s+/),
  ...aggregateNames,
  ...Object.keys(functions).map((name) => name.toLowerCase()),
]);
