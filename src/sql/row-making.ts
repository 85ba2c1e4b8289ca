import { parseQuery } from './parse.ts';
import { bodyOf, kindOf, listAt, type Node, nameAt, nodesOfKind, objectAt, rewrite, textAt } from './syntax-tree.ts';

/** What is certain of the rows that a query makes, by its text alone. */
export interface RowMaking {
  /** Functions in it that say something else each time they are asked. */
  readonly volatile: readonly string[];
  /**
   * Of a SELECT of one table's rows, one for each, as they stand: the columns of its result, in lower case, that are not
   * the table's own of that name. Absent where the query may drop, repeat or join rows.
   */
  readonly changed?: ReadonlySet<string>;
  /** Each row is made of one row's values alone: it is the same whatever the others are, and in whatever order. */
  readonly isRowByRow: boolean;
}

const volatileFunctions: ReadonlySet<string> = new Set(
  'rand random uuid shuffle now current_date current_time current_timestamp localtime localtimestamp current_user'.split(
    ' ',
  ),
);

/** Parts of a SELECT that say which columns of which table; all others say which rows, or how many. */
const partsOfProjection: ReadonlySet<string> = new Set(['expressions', 'from', 'span']);

/** Of a query in Athena's dialect. PH_SQL_SYNTAX. */
export async function rowMaking(sql: string): Promise<RowMaking> {
  const tree = await parseQuery(sql);
  const volatile = new Set<string>();
  rewrite(tree, (node) => {
    const kind = kindOf(node);
    const name = kind === 'function' ? (textAt(bodyOf(node), 'name') ?? '').toLowerCase() : kind;
    if (volatileFunctions.has(name)) volatile.add(name);
    return undefined;
  });
  const changed = changedColumns(tree);
  const looksAround = nodesOfKind(tree, 'select').length > 1 || nodesOfKind(tree, 'window_function').length > 0;
  return {
    volatile: [...volatile],
    ...(changed === undefined ? {} : { changed }),
    isRowByRow: changed !== undefined && !looksAround,
  };
}

function changedColumns(tree: Node): ReadonlySet<string> | undefined {
  const select = bodyOf(tree);
  const isPlain = Object.entries(select).every(
    ([part, value]) => partsOfProjection.has(part) || part.endsWith('comments') || isEmpty(value),
  );
  const sources = listAt(objectAt(select, 'from') ?? {}, 'expressions');
  const [source] = sources;
  if (kindOf(tree) !== 'select' || !isPlain || sources.length !== 1 || source === undefined) return undefined;
  if (kindOf(source) !== 'table' || objectAt(bodyOf(source), 'table_sample') !== undefined) return undefined;
  const changed = new Set<string>();
  for (const item of listAt(select, 'expressions')) {
    const body = bodyOf(item);
    if (kindOf(item) !== 'alias') continue;
    const name = nameAt(body, 'alias')?.toLowerCase() ?? '';
    const inner = objectAt(body, 'this') ?? {};
    const isOwn = kindOf(inner) === 'column' && nameAt(bodyOf(inner), 'name')?.toLowerCase() === name;
    if (!isOwn) changed.add(name);
  }
  return changed;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === false || (Array.isArray(value) && value.length === 0);
}
