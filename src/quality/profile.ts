import { type DuckSession, sqlIdentifier } from '../duck/duck.ts';

/** What a column holds. Texts are as they print; null where the column has no value, or no order. */
export interface ColumnProfile {
  readonly name: string;
  readonly type: string;
  readonly rows: number;
  readonly nulls: number;
  /** An estimate, some percent off. */
  readonly distinct: number;
  readonly min: string | null;
  readonly max: string | null;
  /** Quartiles, of numbers and times. */
  readonly quartiles: readonly string[];
  /** The most frequent values with their counts, where there are few; an estimate for many. */
  readonly top: readonly { readonly value: string; readonly rows: number }[];
  /** Shapes of texts: letters as A or a, digits as 9, runs as +. */
  readonly shapes: readonly { readonly value: string; readonly rows: number }[];
}

const topValues = 5;
/** Shapes and most frequent values are taken from so many rows at most. */
const sampledRows = 200_000;

/** One pass over the relation for all columns, and one over a sample for shapes and most frequent values. */
export async function profileColumns(session: DuckSession, relation: string): Promise<readonly ColumnProfile[]> {
  const { columns } = await session.all(`SELECT * FROM ${relation} LIMIT 0`);
  const flat = columns.map(({ name, type }) => ({ name, type, column: sqlIdentifier(name), ordered: isOrdered(type) }));
  if (flat.length === 0) return [];
  const all = flat.map(({ column, type, ordered }) => {
    const quartiles = isContinuous(type)
      ? `CAST(approx_quantile(${column}, [0.25, 0.5, 0.75]) AS VARCHAR[])`
      : 'CAST([] AS VARCHAR[])';
    const [least, most] = ordered ? [`min(${column})`, `max(${column})`] : ['NULL', 'NULL'];
    return `to_json({'rows': count(*), 'nulls': count(*) - count(${column}), 'distinct': approx_count_distinct(${column}),
      'min': CAST(${least} AS VARCHAR), 'max': CAST(${most} AS VARCHAR), 'quartiles': ${quartiles}})`;
  });
  const sampled = flat.map(({ column, type }) => {
    const text = `CAST(${column} AS VARCHAR)`;
    const shape = type === 'VARCHAR' ? histogram(shapeSql(text)) : `CAST('[]' AS JSON)`;
    return `to_json({'top': ${histogram(text)}, 'shapes': ${shape}})`;
  });
  const { rows: whole } = await session.all(`SELECT ${all.join(', ')} FROM ${relation}`);
  const { rows: some } = await session.all(
    `SELECT ${sampled.join(', ')} FROM (SELECT * FROM ${relation} LIMIT ${sampledRows})`,
  );
  return flat.map(({ name, type }, i) => {
    // JSON that the statements above made.
    const counts = JSON.parse(String(whole[0]?.[i])) as Omit<ColumnProfile, 'name' | 'type' | 'top' | 'shapes'>;
    const { top, shapes } = JSON.parse(String(some[0]?.[i])) as Pick<ColumnProfile, 'top' | 'shapes'>;
    return { name, type, ...counts, top: top ?? [], shapes: shapes ?? [] };
  });
}

function histogram(text: string): string {
  return `(list_transform(list_reverse_sort(list_transform(map_entries(histogram(${text})), lambda e: {'rows': e.value, 'value': e.key}))[1:${topValues}],
    lambda e: {'value': e.value, 'rows': e.rows}))`;
}

function shapeSql(text: string): string {
  return `regexp_replace(regexp_replace(regexp_replace(left(${text}, 60), '[A-Z]+', 'A', 'g'), '[a-z]+', 'a', 'g'), '[0-9]+', '9', 'g')`;
}

function isOrdered(type: string): boolean {
  return !/^(STRUCT|MAP|JSON|BLOB)|\[\]$/.test(type);
}

function isContinuous(type: string): boolean {
  return isOrdered(type) && /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|FLOAT|DOUBLE|DECIMAL|DATE|TIMESTAMP)/.test(type);
}
