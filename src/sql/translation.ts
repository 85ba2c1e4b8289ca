import type { Filter } from './pruning/filter.ts';
import type { SourceMap } from './sql-text.ts';

/** A table of the catalog that a query reads; two mentions of one table are two, for each is pruned apart. */
export interface TranslatedTable {
  /** Stands in the SQL in its place: whoever runs the SQL makes a view of this name. */
  readonly identifier: string;
  /** Lower case; absent where the query leaves it to the session. */
  readonly database?: string;
  readonly name: string;
  /** Place of the name in the user's SQL, in Unicode characters. */
  readonly at?: number;
  /** What the query demands of the table's rows. */
  readonly filter: Filter;
}

/** A query of Athena's dialect in another: plain data, so that it can be kept on disk. */
export interface Translation {
  readonly sql: string;
  /** From the SQL's pieces to the user's text. */
  readonly map: SourceMap;
  readonly tables: readonly TranslatedTable[];
  /** Names of the DuckDB macros that the SQL calls (`macroStatements` makes them). */
  readonly macros: readonly string[];
  /** Every column name that the query mentions, lower case; `*` among them where a star takes all. */
  readonly columns: readonly string[];
  /** Functions used whose answers are estimates, in Athena and here. */
  readonly estimates: readonly string[];
  /** Full names of the views that it reads through: what fails may stand in one of them. */
  readonly views: readonly string[];
}
