import type { Column } from '../catalog/catalog.ts';
import type { SqlValue } from '../sql/engine.ts';
import { cellText } from './cell-text.ts';
import { displayWidth } from './display-width.ts';
import { oneLine } from './format-table.ts';

/** A line for each value, under a line for each row; `first` is the number of the first row, from 1. */
export function verticalRows(
  columns: readonly Column[],
  rows: readonly (readonly SqlValue[])[],
  first: number,
): string {
  const names = columns.map(({ name }) => oneLine(name));
  const width = Math.max(0, ...names.map(displayWidth));
  const lines = rows.flatMap((row, i) => [
    `─[ row ${first + i} ]${'─'.repeat(Math.max(3, width))}`,
    ...columns.map(({ type }, c) => {
      const name = names[c] ?? '';
      const value = oneLine(cellText(row[c] ?? null, type) ?? 'NULL');
      return `${name}${' '.repeat(width - displayWidth(name))} │ ${value}`;
    }),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}
