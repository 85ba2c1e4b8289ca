import type { Column } from '../catalog/catalog.ts';
import type { SqlValue } from '../sql/engine.ts';
import { cellText } from './cell-text.ts';

/** The first line of a result as Athena's result files have it. */
export function csvHeader(columns: readonly Column[]): string {
  return line(columns.map(({ name }) => name));
}

/** Rows as lines: every value in quotes, NULL as nothing. */
export function csvRows(columns: readonly Column[], rows: readonly (readonly SqlValue[])[]): string {
  return rows.map((row) => line(columns.map(({ type }, i) => cellText(row[i] ?? null, type)))).join('');
}

function line(cells: readonly (string | undefined)[]): string {
  return `${cells.map((cell) => (cell === undefined ? '' : `"${cell.replaceAll('"', '""')}"`)).join(',')}\n`;
}
