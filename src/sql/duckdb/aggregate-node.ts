import { bodyOf, type Node, textAt } from '../syntax-tree.ts';
import { aggregateNames } from './functions/aggregate-names.ts';

/** Whether a node is a call of an aggregate, in whatever form the SDK gives it. */
export function isAggregate(node: Node): boolean {
  const keys = Object.keys(node);
  if (keys.length !== 1) return false;
  const kind = keys[0] ?? '';
  if (kind === 'aggregate_function' || kind === 'within_group') return true;
  const name = kind === 'function' ? (textAt(bodyOf(node), 'name') ?? '').toLowerCase() : (renamed[kind] ?? kind);
  const value = Object.values(node)[0];
  return typeof value === 'object' && aggregateNames.has(name);
}

/** Aggregates whose node has another name than their function. */
const renamed: Readonly<Record<string, string>> = {
  list_agg: 'listagg',
  logical_and: 'bool_and',
  logical_or: 'bool_or',
};
