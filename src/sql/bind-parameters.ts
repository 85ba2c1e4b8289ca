import { PlayheadError } from '../base/errors.ts';
import { counted } from '../base/units.ts';
import { parseQuery } from './parse.ts';
import { type Span, sqlError } from './source-position.ts';
import { sourceTokens } from './source-tokens.ts';
import {
  bodyOf,
  firstSpan,
  kindOf,
  listAt,
  type Node,
  nodesOfKind,
  rewrite,
  spanAt,
  withSpans,
} from './syntax-tree.ts';

/**
 * The tree of a query with each `?` bound to a value: a constant expression as SQL writes it (`'Japan'`, `5`,
 * `DATE '2025-08-11'`), in the order of the text. Trees keep no places of parameters, so that each is parsed as a name of
 * one letter in its place. Throws PH_SQL_SYNTAX, and PH_SQL_INVALID where their numbers differ or a value is no constant.
 */
export async function parseBound(sql: string, values: readonly string[]): Promise<Node> {
  const marks = marksOf(sql);
  if (marks.length !== values.length)
    throw sqlError(
      'PH_SQL_INVALID',
      `the query has ${counted(marks.length, 'parameter')}, and ${counted(values.length, 'value')} ${values.length === 1 ? 'is' : 'are'} given`,
      sql,
      marks[0]?.start,
      { hint: 'EXECUTE … USING value, or --parameter VALUE for each ?, in their order.' },
    );
  if (marks.length === 0) return parseQuery(sql);
  const characters = [...sql];
  for (const { start } of marks) characters[start] = 'x';
  const tree = await parseQuery(sql, characters.join(''));
  const bound = new Map<number, Node>();
  for (const [i, mark] of marks.entries()) bound.set(mark.start, await constant(values[i] ?? '', mark));
  return rewrite(tree, (node) =>
    kindOf(node) === 'column' ? bound.get((spanAt(bodyOf(node)) ?? firstSpan(node))?.start ?? -1) : undefined,
  );
}

/** Reads a query whose parameters have no values yet. Throws PH_SQL_SYNTAX. */
export async function checkSyntax(sql: string): Promise<void> {
  await parseBound(
    sql,
    marksOf(sql).map(() => 'NULL'),
  );
}

const marksOf = (sql: string): readonly Span[] => sourceTokens(sql).filter(({ text }) => text === '?');

/** The value's own tree; what is wrong with it is told of the value, and where it stands is the parameter's place. */
async function constant(value: string, at: Span): Promise<Node> {
  const refuse = (cause?: unknown): PlayheadError =>
    new PlayheadError('PH_SQL_INVALID', `the parameter ${value} is not a constant`, {
      hint: `A text stands in quotes of its own: 'Japan'.`,
      ...(cause === undefined ? {} : { cause }),
    });
  const tree = await parseQuery(`SELECT ${value}`).catch((error: unknown) => {
    throw refuse(error);
  });
  const [item, second] = listAt(bodyOf(tree), 'expressions');
  const isConstant = ['column', 'star', 'select', 'alias'].every((kind) => nodesOfKind(item, kind).length === 0);
  const isAlone = Object.entries(bodyOf(tree)).every(([key, part]) => key === 'expressions' || isNothing(part));
  if (item === undefined || second !== undefined || !isConstant || !isAlone) throw refuse();
  return withSpans(item, at);
}

const isNothing = (part: unknown): boolean =>
  part === null || part === undefined || part === false || (Array.isArray(part) && part.length === 0);
