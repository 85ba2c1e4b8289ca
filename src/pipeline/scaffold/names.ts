/** Words that cannot stand as a column's name in Athena, Hive or DuckDB without quotes. */
const reserved = new Set(
  `all alter and any array as asc between both by case cast check collate column constraint create cross cube current_date
  current_time current_timestamp date deallocate default delete desc describe distinct do double drop else end escape
  except execute exists external extract false fetch first for foreign from full function grant group grouping having if
  in inner insert int integer intersect interval into is join last lateral leading left like limit localtime map merge
  natural normalize not null of offset on only or order outer partition pivot prepare primary procedure qualify range
  recursive references right rollup row rows select set show skip smallint some start summarize symmetric table then time
  timestamp to trailing true truncate uescape union unique unnest unpivot update user using values varchar when where
  window with`.split(/\s+/),
);

/** Names that partitions by time take. */
const partitionNames = new Set(['year', 'month', 'day', 'hour', 'date', 'dt']);

/**
 * A name of lower-case letters, digits and single `_`, beginning with a letter, at most 40 long: accents are dropped
 * (`Größe (cm)` → `groesse_cm`), what has no Latin letters or digits gives ''.
 */
function slug(text: string): string {
  const words = text
    .replaceAll('ß', 'ss')
    .replaceAll(/[äÄ]/g, 'ae')
    .replaceAll(/[öÖ]/g, 'oe')
    .replaceAll(/[üÜ]/g, 'ue')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  return words.join('_').slice(0, 40).replace(/_+$/, '');
}

/** A pipeline's name from a file's: `2024 Sales (final).csv.gz` → `data_2024_sales_final`. */
export function pipelineName(fileName: string): string {
  const stem = fileName.replace(/^.*[\\/]/, '').replace(/(\.(ndjson|jsonl|json|csv|tsv|txt|parquet|gz))+$/i, '');
  const name = slug(stem);
  if (name === '') return 'records';
  return /^[a-z]/.test(name) && !reserved.has(name) ? name : slug(`data_${name}`);
}

/** Column names for the headers of a file, in order: unlike one another, no reserved word, no name of a partition. */
export function columnNames(headers: readonly string[]): string[] {
  const taken = new Set<string>();
  return headers.map((header, i) => {
    const base = slug(header);
    const name = base === '' ? `column_${i + 1}` : /^[a-z]/.test(base) ? base : `c_${base}`;
    const safe = reserved.has(name) || partitionNames.has(name) ? `${name}_value` : name;
    const unlike = freeName(safe, taken);
    taken.add(unlike);
    return unlike;
  });
}

/** The name, or with the first number that makes it unlike all that are taken. */
export function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let n = 2; taken.has(name); n += 1) name = `${wanted}_${n}`;
  return name;
}

/** A column's name in Athena's SQL: quoted where it has to be. */
export function sqlColumn(name: string): string {
  return /^[a-z_][a-z0-9_]*$/i.test(name) && !reserved.has(name.toLowerCase())
    ? name
    : `"${name.replaceAll('"', '""')}"`;
}

/** `web_sales` → `webSales`, for TypeScript. Ends in `Pipeline` where the word alone could not be a name. */
export function constantName(pipeline: string): string {
  const name = pipeline.replaceAll(/[-_]+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return keywords.has(name) ? `${name}Pipeline` : name;
}

/** What TypeScript does not take as the name of a constant, and what the written file imports. */
const keywords = new Set(
  `arguments await break case catch class const continue debugger default delete do else enum eval export extends false
  finally for function if implements import in instanceof interface let new null package private protected public return
  static super switch this throw true try typeof undefined var void while with yield
  byDay byHour days definePipeline delivery every json mebibytes minutes namedQueries run seconds sqlFile sqlJob stream
  table record curatedRecord folder`.split(/\s+/),
);
