import { PlayheadError } from '../../base/errors.ts';
import { sqlIdentifier, sqlString } from '../../duck/duck.ts';
import { callPlace, type Span, sqlError } from '../source-position.ts';
import { type CallSite, callSite } from '../source-tokens.ts';
import { join, type Sql, sql } from '../sql-text.ts';
import { type Body, bodyOf, firstSpan, kindOf, type Node, spanAt, textAt } from '../syntax-tree.ts';

/** A table of the catalog that a query reads, each mention apart. */
export interface TableMention {
  /** Stands in the translated SQL where the user named the table; whoever runs it makes a view of this name. */
  readonly identifier: string;
  readonly database?: string;
  readonly name: string;
  readonly span?: Span;
  readonly node: Node;
}

/** What one translation gathers, and what its printers know about where they stand. */
export interface Printing {
  readonly source: string;
  /** Macros that the text calls. */
  readonly macros: Set<string>;
  readonly tables: TableMention[];
  /** Full names of the views that the query reads through. */
  readonly views: readonly string[];
  /** Functions whose answer is an estimate, here as in Athena. */
  readonly estimates: Set<string>;
  /** Names that WITH gives here, in lower case. */
  readonly withNames: ReadonlySet<string>;
  /** Whether the query names "$path" somewhere: its tables then have it, and stars must leave it out. */
  readonly namesPath: boolean;
  readonly sites: readonly CallSite[];
  /** Names of the calls and casts around the expression that is printed. */
  readonly within: readonly string[];
  readonly expression: (printing: Printing, node: Node) => Sql;
  readonly query: (printing: Printing, node: Node) => Sql;
}

/** Refuses what has no faithful equal in DuckDB, by name. */
export function refuse(printing: Printing, what: string, where?: unknown, hint?: string): never {
  const span = firstSpan(where);
  const called = calledName(where);
  const at = (called === undefined ? undefined : callPlace(printing.source, called, span?.start)) ?? span?.start;
  const options = { details: { construct: what }, ...(hint === undefined ? {} : { hint }) };
  throw sqlError('PH_SQL_UNSUPPORTED', `${what} is not supported`, printing.source, at, options);
}

function calledName(where: unknown): string | undefined {
  if (typeof where !== 'object' || where === null || Array.isArray(where)) return undefined;
  const node: Node = { ...where };
  return /function$/.test(kindOf(node)) ? textAt(bodyOf(node), 'name') : undefined;
}

const harmless = new RegExp(
  `^(${[
    'span|inferred_type|.*comments|.*_spelling|.*_explicit(_as)?|.*explicit.*|.*_keyword|.*_text|name_case|original_name',
    'no_parens|join_mark|standard_style|alias_first|sql_standard_syntax|from_for_syntax|nesting_group|use_bracket_syntax',
  ].join('|')})$`,
);

/**
 * Refuses a node that carries anything but what its printer prints: a clause that the printer does not know must not
 * fall away in silence.
 */
export function allowOnly(printing: Printing, kind: string, body: Body, keys: readonly string[]): void {
  for (const [key, value] of Object.entries(body)) {
    if (keys.includes(key) || harmless.test(key)) continue;
    if (value === null || value === false || (Array.isArray(value) && value.length === 0)) continue;
    refuse(printing, `${kind.replaceAll('_', ' ')} with ${key.replaceAll('_', ' ')}`, body);
  }
}

export function callMacro(printing: Printing, name: string, ...args: readonly Sql[]): Sql {
  printing.macros.add(name);
  return sql`${name}(${join(args)})`;
}

/** Prints a call or cast with the place where it stands, so that a failure in running can be shown there. */
export function placed(printing: Printing, name: string, node: Node, print: (inside: Printing) => Sql): Sql {
  const outer = printing.within.filter((around) => around === name).length;
  const site = callSite(printing.sites, name, firstSpan(node), outer);
  const text = print({ ...printing, within: [...printing.within, name] });
  return site === undefined ? text : [{ text: '', from: site }, text];
}

/** An identifier with its place in the source. */
export function identifier(body: Body): Sql {
  const name = textAt(body, 'name');
  if (name === undefined) throw new PlayheadError('PH_INTERNAL', 'a syntax tree without a name where one must be');
  const text = sqlIdentifier(name);
  const from = spanAt(body);
  return from === undefined ? text : { text, from };
}

/** The text of a string literal, where the node is one. */
export function stringLiteral(node: Node | undefined): string | undefined {
  if (node === undefined || kindOf(node) !== 'literal') return undefined;
  const body = bodyOf(node);
  return textAt(body, 'literal_type') === 'string' ? textAt(body, 'value') : undefined;
}

/** The text of a number literal, with its sign, where the node is one. */
export function numberLiteral(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  const body = bodyOf(node);
  if (kindOf(node) === 'neg') {
    const inner = numberLiteral(body['this'] as Node | undefined); // the operand of a parsed minus is a node
    return inner === undefined ? undefined : `-${inner}`;
  }
  return kindOf(node) === 'literal' && textAt(body, 'literal_type') === 'number' ? textAt(body, 'value') : undefined;
}

export const quoted = (text: string): Sql => sqlString(text);
