import { join, type Sql, sql } from '../../sql-text.ts';
import type { Node } from '../../syntax-tree.ts';
import type { Call } from '../call.ts';
import { callMacro, type Printing, refuse } from '../printing.ts';

/** Prints a call of one Trino function. Its arguments are still nodes: some must be literals. */
export type FunctionPrinter = (printing: Printing, call: Call) => Sql;
export type Functions = Readonly<Record<string, FunctionPrinter>>;

/** The printed arguments, after a check of their number. */
export function argsOf(printing: Printing, call: Call, least: number, most = least): Sql[] {
  checkCount(printing, call, least, most);
  return call.args.map((arg) => printing.expression(printing, arg));
}

export function checkCount(printing: Printing, call: Call, least: number, most = least): void {
  if (call.args.length >= least && call.args.length <= most) return;
  refuse(printing, `${call.name}() with ${call.args.length} arguments`, call.node);
}

/** Argument `index`, which `checkCount` or the caller knows to be there. */
export function argAt(printing: Printing, call: Call, index: number): Node {
  return call.args[index] ?? refuse(printing, `${call.name}() with ${call.args.length} arguments`, call.node);
}

/** A DuckDB function that does the same, perhaps by another name. */
export function plain(name: string, least: number, most = least): FunctionPrinter {
  return (printing, call) => sql`${name}(${join(argsOf(printing, call, least, most))})`;
}

/** One of our macros. */
export function macro(name: string, least: number, most = least): FunctionPrinter {
  return (printing, call) => callMacro(printing, name, ...argsOf(printing, call, least, most));
}
