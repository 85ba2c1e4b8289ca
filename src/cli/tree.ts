import { displayWidth } from '../query/display-width.ts';

/** A branch of a tree that is printed: what it is, and beside it, in a column of its own, how it hangs there. */
export interface Branch {
  readonly text: string;
  readonly note?: string;
  readonly paint?: (text: string) => string;
  readonly below: readonly Branch[];
}

/** The branches as lines with rules before them; notes stand under one another. */
export function tree(branches: readonly Branch[], paintNote: (text: string) => string): string {
  const lines = lineUp(branches, '');
  const width = Math.max(0, ...lines.map(({ rule, branch }) => displayWidth(rule + branch.text)));
  return lines
    .map(({ rule, branch: { text, note, paint = (plain) => plain } }) => {
      if (note === undefined) return rule + paint(text);
      return `${rule}${paint(text)}${' '.repeat(width - displayWidth(rule + text))}  ${paintNote(note)}`;
    })
    .join('\n');
}

function lineUp(branches: readonly Branch[], indent: string): { rule: string; branch: Branch }[] {
  return branches.flatMap((branch, i) => {
    const isLast = i === branches.length - 1;
    const own = { rule: `${indent}${isLast ? '└─ ' : '├─ '}`, branch };
    return [own, ...lineUp(branch.below, `${indent}${isLast ? '   ' : '│  '}`)];
  });
}
