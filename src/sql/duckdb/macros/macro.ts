/**
 * A DuckDB macro that does what Trino does. Types are known where DuckDB binds a query and nowhere before, so macros
 * choose by `typeof(x)`, which the binder folds to a constant:
 * - where the branches have one type, by CASE: the untaken branch is folded away;
 * - where they differ, by `struct_extract({…}, <constant key>)`;
 * - where the type has to be computed (a decimal's precision), by `cast_to_type(x, athena_type('DECIMAL(23,1)'))`.
 *
 * DuckDB binds a macro once when it is made, with parameters of no type, and gives up without complaint at the first
 * overloaded call on one. A definition whose first call is not overloaded gets one put before it (`+s`, `len([x])`).
 */
export interface Macro {
  /** `(x, y) AS …` */
  readonly definition: string;
  /** Macros that it calls. */
  readonly uses?: readonly string[];
}

export type Macros = Readonly<Record<string, Macro>>;
