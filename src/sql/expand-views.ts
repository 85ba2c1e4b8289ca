import { PlayheadError } from '../base/errors.ts';
import { parseQuery } from './parse.ts';
import type { Span } from './source-position.ts';
import { type Body, bodyOf, kindOf, listAt, type Node, nameAt, objectAt, spanAt } from './syntax-tree.ts';

/** A view's query, and the database of the names in it that name none. */
export interface ViewText {
  readonly sql: string;
  readonly database: string;
}

/** What a query needs to see through views. */
export interface ViewTexts {
  /** Of the query's own names that name none. */
  readonly database: string;
  /** By full name, lower case; those that views read are among them. */
  readonly texts: Readonly<Record<string, ViewText>>;
}

interface Scope {
  readonly database: string;
  /** Names that WITH gives here. */
  readonly names: ReadonlySet<string>;
  /** The views around, outermost first, and where the query names the outermost. */
  readonly within: readonly string[];
  readonly at?: Span;
}

/**
 * The tree with each view's query in the place of its name, so that filters, columns and errors go through it. What comes
 * from a view stands where the query names it, and its tables carry their database: a WITH outside must not hide them.
 * Throws PH_SQL_INVALID for views that read themselves.
 */
export async function expandViews(tree: Node, { database, texts }: ViewTexts): Promise<Node> {
  const trees = new Map<string, Node>();
  for (const [name, { sql }] of Object.entries(texts)) trees.set(name, await parseQuery(sql));
  const visit = (value: unknown, scope: Scope): unknown => {
    if (Array.isArray(value)) return value.map((item) => visit(item, scope));
    if (!isBody(value)) return value;
    if (isTable(value)) return table(value, scope);
    const inner = { ...scope, names: namesOf(value, scope.names) };
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => {
        if (key === 'span' && isBody(child)) return [key, { ...child, ...scope.at }];
        return [key, key === 'with' && isBody(child) ? withClause(child, scope) : visit(child, inner)];
      }),
    );
  };
  const withClause = (clause: Body, scope: Scope): Body => {
    let names = scope.names;
    const ctes = listAt(clause, 'ctes').map((cte) => {
      const own = new Set([...names, (nameAt(cte, 'alias') ?? '').toLowerCase()]);
      const expanded = visit(cte, { ...scope, names: clause['recursive'] === true ? own : names });
      names = own;
      return expanded;
    });
    return { ...clause, ctes };
  };
  const table = (node: Node, scope: Scope): unknown => {
    const body = bodyOf(node);
    const [name = '', owner] = [nameAt(body, 'name')?.toLowerCase(), nameAt(body, 'schema')?.toLowerCase()];
    if (owner === undefined && scope.names.has(name)) return moved(body, scope);
    const full = `${owner ?? scope.database}.${name}`;
    const view = trees.get(full);
    const text = texts[full];
    if (view === undefined || text === undefined)
      return moved(scope.at === undefined ? body : { ...body, schema: { name: owner ?? scope.database } }, scope);
    if (scope.within.includes(full)) throw readsItself([...scope.within, full]);
    const { name: own, schema: _schema, catalog: _catalog, alias, ...rest } = body;
    const at = scope.at ?? spanAt(objectAt(body, 'name') ?? {});
    const within = [...scope.within, full];
    const inside: Scope = { database: text.database, names: new Set(), within, ...(at === undefined ? {} : { at }) };
    return { subquery: { ...rest, alias: alias ?? own, this: visit(view, inside) } };
  };
  const moved = (body: Body, { at }: Scope): Node => {
    const name = objectAt(body, 'name');
    return { table: at === undefined ? body : { ...body, name: { ...name, span: at } } };
  };
  const expanded = visit(tree, { database, names: new Set(), within: [] });
  return isBody(expanded) ? expanded : tree;
}

export function readsItself(path: readonly string[]): PlayheadError {
  return new PlayheadError('PH_SQL_INVALID', `the view ${path.at(-1)} reads itself: ${path.join(' → ')}`);
}

const isBody = (value: unknown): value is Body => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A column's body has a key of that name too, with others beside it and an identifier under it. */
const isTable = (node: Node): boolean =>
  kindOf(node) === 'table' && Object.keys(node).length === 1 && nameAt(bodyOf(node), 'name') !== undefined;

function namesOf(body: Body, names: ReadonlySet<string>): ReadonlySet<string> {
  const ctes = listAt(objectAt(body, 'with') ?? {}, 'ctes');
  return ctes.length === 0
    ? names
    : new Set([...names, ...ctes.map((cte) => (nameAt(cte, 'alias') ?? '').toLowerCase())]);
}
