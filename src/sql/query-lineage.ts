import { PlayheadError } from '../base/errors.ts';
import { isAggregate } from './duckdb/aggregate-node.ts';
import { loadSdk } from './parse.ts';
import { bodyOf, kindOf, type Node, objectAt } from './syntax-tree.ts';

/** How a column of a result is made of one that is read, in OpenLineage's words. */
export type ColumnMaking = 'identity' | 'transformation' | 'aggregation';

/** What else a query takes a column for: which rows there are, and in which order, not what stands in them. */
export type ColumnUse = 'filter' | 'join' | 'group' | 'sort' | 'window';

/** A column of a table: `database.table`, in lower case. */
export interface TableColumn {
  readonly table: string;
  readonly column: string;
}

export interface ColumnSource extends TableColumn {
  readonly making: ColumnMaking;
}

/** Which columns a query's result is made of, and which decide on its rows. */
export interface QueryLineage {
  /** `database.table` of what it reads, sorted. */
  readonly tables: readonly string[];
  /** Column of the result → what it is made of; none for a constant or a count of rows. */
  readonly columns: Readonly<Record<string, readonly ColumnSource[]>>;
  readonly uses: readonly (TableColumn & { readonly use: ColumnUse })[];
}

/** `database.table` → its columns: what a star and names without a table are resolved by. */
export type KnownTables = ReadonlyMap<string, readonly string[]>;

/** As the front end calls it: Trino's grammar is Athena's for queries. */
const dialect = 'trino';

/**
 * The lineage of one SELECT in Athena's dialect, by columns, through subqueries and WITH. Names without a database are of
 * `database`. Throws PH_SQL_UNSUPPORTED for what the front end can't follow.
 */
export async function queryLineage(
  sql: string,
  known: KnownTables,
  database: string | undefined,
): Promise<QueryLineage> {
  const sdk = await loadSdk();
  const schema = schemaOf(known, database);
  const { analysis, error } = sdk.analyzeQuery(sql, { dialect, schema });
  // Typed as absent where there is none; over WASM it comes as null.
  if (!analysis)
    throw new PlayheadError(
      'PH_SQL_UNSUPPORTED',
      `the lineage of this query is not known: ${error ?? 'no reason given'}`,
    );
  const full = (name: string): string => fullName(name, database);
  // The front end counts a name of WITH that another one reads among the tables.
  const isTable = (name: string): boolean => !analysis.ctes.some((own) => own.toLowerCase() === name.toLowerCase());
  const isNamed = (table: string | undefined): table is string => typeof table === 'string' && isTable(table);
  // Over tables alone the outermost expression is all there is; else each column is traced down to them, at some 10 ms.
  const isPlain = analysis.shape === 'select' && analysis.relations.every(({ kind }) => kind === 'table');
  const columns = analysis.projections.map(({ index, name, transformKind, upstream }) => {
    const traced = isPlain ? undefined : sdk.lineageAtWithSchema(index, sql, schema, dialect).lineage;
    const makings = traced && makingsBelow(traced);
    const sources = upstream.flatMap(({ table, column }) => {
      const making = isPlain ? makingOfKind[transformKind] : makings?.get(column.toLowerCase());
      if (!isNamed(table)) return [];
      return [{ table: full(table), column: column.toLowerCase(), making: making ?? 'transformation' }];
    });
    return [(name ?? `_col${index}`).toLowerCase(), distinct(sources)] as const;
  });
  const uses = (analysis.columnUses ?? []).flatMap(({ context, references }) => {
    const use = useOf[context];
    if (use === undefined) return [];
    return references.flatMap(({ table, column }) =>
      isNamed(table) ? [{ table: full(table), column: column.toLowerCase(), use }] : [],
    );
  });
  const tables = new Set(analysis.baseTables.flatMap(({ name }) => (isTable(name) ? [full(name)] : [])));
  return { tables: [...tables].sort(), columns: Object.fromEntries(columns), uses: distinct(uses) };
}

/** Tables of the query's own database are known without it too. */
function schemaOf(known: KnownTables, database: string | undefined): SdkSchema {
  const tables = [...known].flatMap(([table, names]) => {
    const [schema = '', name = ''] = table.split('.');
    const columns = names.map((column) => ({ name: column, type: 'VARCHAR' }));
    return schema === database
      ? [
          { schema, name, columns },
          { name, columns },
        ]
      : [{ schema, name, columns }];
  });
  return { tables, strict: false };
}

interface SdkSchema {
  tables: { schema?: string; name: string; columns: { name: string; type: string }[] }[];
  strict: boolean;
}

function fullName(name: string, database: string | undefined): string {
  const parts = name.replaceAll('"', '').toLowerCase().split('.');
  return parts.length === 1 && database !== undefined ? `${database}.${name.toLowerCase()}` : parts.slice(-2).join('.');
}

const makingOfKind: Readonly<Record<string, ColumnMaking>> = {
  direct: 'identity',
  star: 'identity',
  aggregation: 'aggregation',
};

type Traced = Pick<import('@polyglot-sql/sdk').LineageNode, 'name' | 'expression' | 'downstream'>;

/** Column at the end of the trace → how it gets to the top, taken together over the steps between. */
function makingsBelow(node: Traced, above: ColumnMaking = 'identity'): Map<string, ColumnMaking> {
  if (node.downstream.length === 0) {
    const column = node.name.slice(node.name.lastIndexOf('.') + 1).toLowerCase();
    return new Map([[column, above]]);
  }
  // A parsed boundary: the tree is read by syntax-tree.ts, with checks.
  const here = stronger(above, makingOf(node.expression as unknown as Node));
  const makings = new Map<string, ColumnMaking>();
  for (const below of node.downstream)
    for (const [column, making] of makingsBelow(below, here))
      makings.set(column, stronger(making, makings.get(column) ?? 'identity'));
  return makings;
}

const strength: readonly ColumnMaking[] = ['identity', 'transformation', 'aggregation'];

function stronger(one: ColumnMaking, other: ColumnMaking): ColumnMaking {
  return strength.indexOf(one) > strength.indexOf(other) ? one : other;
}

/** Of one expression; a whole SELECT or set operation passes on what its parts make. */
function makingOf(expression: Node): ColumnMaking {
  const kind = kindOf(expression);
  const inner = kind === 'alias' || kind === 'paren' ? objectAt(bodyOf(expression), 'this') : undefined;
  if (inner !== undefined) return makingOf(inner);
  if (['column', 'star', 'select', 'union', 'intersect', 'except'].includes(kind)) return 'identity';
  return aggregates(expression) ? 'aggregation' : 'transformation';
}

function aggregates(tree: unknown): boolean {
  if (Array.isArray(tree)) return tree.some(aggregates);
  if (typeof tree !== 'object' || tree === null) return false;
  const node = { ...tree };
  return isAggregate(node) || Object.values(node).some(aggregates);
}

const useOf: Readonly<Record<string, ColumnUse>> = {
  filter: 'filter',
  having: 'filter',
  qualify: 'filter',
  set_operation_filter: 'filter',
  join: 'join',
  group: 'group',
  window_partition: 'window',
  window_order: 'window',
  window_frame: 'window',
  order: 'sort',
};

function distinct<T>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
