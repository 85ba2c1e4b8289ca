import { bodyOf, kindOf, listAt, type Node, nameAt, objectAt, textAt } from '../syntax-tree.ts';

/** A table, a name of WITH or a subquery in a FROM, with what the joins demand of it. */
export interface Source {
  readonly node: Node;
  /** How columns name it, lower case. */
  readonly name: string | undefined;
  readonly conditions: Node[];
}

/**
 * The sources of a SELECT. An inner join's ON is demanded of both sides, a left join's of the right side alone (the
 * left keeps its rows whatever ON says), a right join's of the left; a full join demands nothing. `outer`: some join
 * fills in NULLs.
 */
export function sourcesOf(select: Node): { readonly sources: readonly Source[]; readonly outer: boolean } {
  const sources: Source[] = [];
  let outer = false;
  const addJoined = (first: readonly Node[], joins: readonly Node[]): Source[] => {
    const here = first.flatMap(add);
    for (const join of joins) {
      const kind = textAt(join, 'kind') ?? '';
      const on = objectAt(join, 'on');
      const right = add(objectAt(join, 'this') ?? {});
      if (kind !== 'Inner' && kind !== 'Cross') outer = true;
      const bound = { Inner: [...here, ...right], Left: right, Right: here }[kind] ?? [];
      if (on !== undefined) for (const source of bound) source.conditions.push(on);
      here.push(...right);
    }
    return here;
  };
  const add = (node: Node): Source[] => {
    const body = bodyOf(node);
    const kind = kindOf(node);
    if (kind === 'joined_table') return addJoined([objectAt(body, 'left') ?? {}], listAt(body, 'joins'));
    if (kind !== 'table' && kind !== 'subquery') return [];
    const name = (nameAt(body, 'alias') ?? (kind === 'table' ? nameAt(body, 'name') : undefined))?.toLowerCase();
    const source: Source = { node, name, conditions: [] };
    sources.push(source);
    return [source];
  };
  addJoined(listAt(objectAt(select, 'from') ?? {}, 'expressions'), listAt(select, 'joins'));
  return { sources, outer };
}
