import { bodyOf, kindOf, type Node, objectAt } from '../syntax-tree.ts';

/**
 * INTERSECT binds tighter than UNION and EXCEPT; the SDK reads all three from left to right. `(a UNION b) INTERSECT c`
 * without written parentheses (those are `subquery` nodes) is turned into `a UNION (b INTERSECT c)`. What hangs on the
 * outermost node (WITH, ORDER BY, LIMIT) stays outermost.
 */
export function reassociate(node: Node): Node {
  const kind = kindOf(node);
  if (kind !== 'union' && kind !== 'intersect' && kind !== 'except') return node;
  const body = bodyOf(node);
  const left = reassociate(objectAt(body, 'left') ?? {});
  const right = reassociate(objectAt(body, 'right') ?? {});
  const leftKind = kindOf(left);
  if (kind !== 'intersect' || (leftKind !== 'union' && leftKind !== 'except'))
    return { [kind]: { ...body, left, right } };
  const { with: withClause, order_by, limit, offset, ...operator } = body;
  const leftBody = bodyOf(left);
  const tighter = reassociate({ [kind]: { ...operator, left: objectAt(leftBody, 'right') ?? {}, right } });
  return { [leftKind]: { ...leftBody, right: tighter, with: withClause, order_by, limit, offset } };
}
