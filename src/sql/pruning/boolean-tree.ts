import { bodyOf, kindOf, type Node, objectAt } from '../syntax-tree.ts';

/** Conditions as syntax trees; undefined stands for "not known, may be true". */
export type Condition = Node | undefined;

/** All that must hold together; what is not known drops out. */
export function allOf(conditions: readonly Condition[]): Condition {
  return conditions.reduce<Condition>(
    (left, right) => (left === undefined ? right : right === undefined ? left : { and: { left, right } }),
    undefined,
  );
}

export function anyOf(conditions: readonly Condition[]): Condition {
  if (conditions.includes(undefined)) return undefined;
  return conditions.reduce((left, right) =>
    left === undefined || right === undefined ? undefined : { or: { left, right } },
  );
}

/**
 * The part of a condition of which `keep` knows every test, with each test replaced by what `keep` returns. Under AND
 * an unknown part drops out; under OR and NOT it makes the whole unknown.
 */
export function mapTests(condition: Node, keep: (test: Node) => Condition): Condition {
  const body = bodyOf(condition);
  const [left, right] = [objectAt(body, 'left'), objectAt(body, 'right')];
  const inner = objectAt(body, 'this');
  switch (kindOf(condition)) {
    case 'and':
      return left && right ? allOf([mapTests(left, keep), mapTests(right, keep)]) : undefined;
    case 'or':
      return left && right ? anyOf([mapTests(left, keep), mapTests(right, keep)]) : undefined;
    case 'paren':
      return inner && mapTests(inner, keep);
    case 'not': {
      const whole = inner && mapWhole(inner, keep);
      return whole && { not: { this: whole } };
    }
    default:
      return keep(condition);
  }
}

/** Like mapTests, but unknown as soon as any test is: what stands under NOT can't lose a part. */
function mapWhole(condition: Node, keep: (test: Node) => Condition): Condition {
  let complete = true;
  const mapped = mapTests(condition, (test) => {
    const kept = keep(test);
    if (kept === undefined) complete = false;
    return kept;
  });
  return complete ? mapped : undefined;
}
