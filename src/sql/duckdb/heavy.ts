import { bodyOf, kindOf, type Node, textAt } from '../syntax-tree.ts';
import { isAggregate } from './aggregate-node.ts';

const heavyKinds = ['window_function', 'div', 'mod', 'mod_func', 'select'];

/**
 * Whether an expression prints much SQL: then a macro that names it several times makes binding slow, at each level
 * anew, and its `_few` form is used. What holds an aggregate or a subquery is so, and it has few values.
 */
export function isHeavy(tree: unknown): boolean {
  if (Array.isArray(tree)) return tree.some(isHeavy);
  if (typeof tree !== 'object' || tree === null) return false;
  const node: Node = { ...tree };
  if (isAggregate(node) || heavyKinds.includes(kindOf(node))) return true;
  if (kindOf(node) === 'function' && textAt(bodyOf(node), 'name')?.toLowerCase() === 'round') return true;
  return Object.values(node).some(isHeavy);
}
