import { isAggregate } from '../duckdb/aggregate-node.ts';
import { bodyOf, kindOf, listAt, type Node, nameAt, objectAt } from '../syntax-tree.ts';

/** What a column of a query is made of, in terms of its FROM; undefined where a filter can't go through. */
export type OutputOf = (name: string) => Node | undefined;

/**
 * How a filter on a SELECT's result translates to its sources. Nothing passes LIMIT or a window; of a grouped query
 * only the group's keys pass. `names`, where given, replace the columns' own (a column list of WITH or an alias).
 */
export function outputsOf(select: Node, names: readonly string[] | undefined): OutputOf {
  const body = bodyOf(select);
  const items = listAt(body, 'expressions');
  const blocked = ['limit', 'offset', 'fetch'].some((key) => objectAt(body, key) !== undefined);
  if (blocked || contains(items, isWindow)) return () => undefined;
  const passes = groupTest(select);
  const stars = items.filter((item) => kindOf(item) === 'star');
  if (names !== undefined && stars.length > 0) return () => undefined;
  return (wanted) => {
    const index = items.findIndex((item, i) => (names?.[i] ?? outputName(item)) === wanted);
    const item = items[index];
    if (item !== undefined) {
      const value = kindOf(item) === 'alias' ? objectAt(bodyOf(item), 'this') : item;
      return value !== undefined && passes(value, index) ? value : undefined;
    }
    const [star] = stars;
    if (star === undefined || stars.length > 1) return undefined;
    const value = { column: { name: { name: wanted, quoted: true }, table: objectAt(bodyOf(star), 'table') ?? null } };
    return passes(value, -1) ? value : undefined;
  };
}

/** The names of a SELECT's columns, lower case; undefined where a star hides them. */
export function outputNames(select: Node): readonly string[] | undefined {
  const items = listAt(bodyOf(select), 'expressions');
  return items.some((item) => kindOf(item) === 'star') ? undefined : items.map((item) => outputName(item) ?? '');
}

function outputName(item: Node): string | undefined {
  const body = bodyOf(item);
  const key = { alias: 'alias', column: 'name', dot: 'field' }[kindOf(item)];
  return key === undefined ? undefined : nameAt(body, key)?.toLowerCase();
}

/** Which expressions are the same for every row of a group: all of them where there is no group. */
function groupTest(select: Node): (value: Node, index: number) => boolean {
  const body = bodyOf(select);
  const keys = listAt(objectAt(body, 'group_by') ?? {}, 'expressions');
  const grouped = keys.length > 0 || contains([body['expressions'], body['having']], isAggregate);
  if (!grouped) return () => true;
  const texts = new Set(keys.map(canonical));
  return (value, index) => texts.has(canonical(value)) || texts.has(canonical(number(index + 1)));
}

const number = (value: number): Node => ({ literal: { literal_type: 'number', value: String(value) } });

/** Two trees with one canonical text are the same expression, wherever they were written. */
function canonical(node: Node): string {
  return JSON.stringify(node, (key, value: unknown) =>
    key === 'span' || key === 'quoted' || key.endsWith('comments')
      ? undefined
      : key === 'name' && typeof value === 'string'
        ? value.toLowerCase()
        : value,
  );
}

function contains(tree: unknown, test: (node: Node) => boolean): boolean {
  if (Array.isArray(tree)) return tree.some((item) => contains(item, test));
  if (typeof tree !== 'object' || tree === null) return false;
  const node = { ...tree };
  return test(node) || Object.values(node).some((child) => contains(child, test));
}

const isWindow = (node: Node): boolean => kindOf(node) === 'window_function';
