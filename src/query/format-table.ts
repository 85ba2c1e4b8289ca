import type { Column } from '../catalog/catalog.ts';
import type { SqlValue } from '../sql/engine.ts';
import { cellText } from './cell-text.ts';
import { cutToWidth, displayWidth } from './display-width.ts';

export interface TableStyle {
  /** Terminal columns that the table may take. */
  readonly width: number;
  /** No cell is wider, terminal columns. */
  readonly cellWidth: number;
}

const isNumeric = (type: string): boolean => /^(tinyint|smallint|int|bigint|float|double|decimal)/.test(type);

/**
 * Rows as text for a terminal: numbers to the right, NULL said, control characters made visible, wide cells cut with
 * `…`. Where all columns together are wider than the terminal, the widest give way first.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly SqlValue[])[],
  style: TableStyle = { width: 160, cellWidth: 60 },
): string {
  const texts = rows.map((row) => columns.map(({ type }, i) => oneLine(cellText(row[i] ?? null, type) ?? 'NULL')));
  const natural = columns.map(({ name }, i) =>
    Math.min(
      style.cellWidth,
      texts.reduce((width, row) => Math.max(width, displayWidth(row[i] ?? '')), displayWidth(oneLine(name))),
    ),
  );
  const widths = fitted(natural, style.width - 3 * columns.length - 1);
  const line = (cells: readonly string[]): string =>
    `│ ${cells.map((cell, i) => padded(cell, widths[i] ?? 0, isNumeric(columns[i]?.type ?? ''))).join(' │ ')} │`;
  const rule = (left: string, middle: string, right: string): string =>
    `${left}${widths.map((width) => '─'.repeat(width + 2)).join(middle)}${right}`;
  return [
    rule('┌', '┬', '┐'),
    line(columns.map(({ name }) => oneLine(name))),
    rule('├', '┼', '┤'),
    ...texts.map(line),
    rule('└', '┴', '┘'),
  ].join('\n');
}

/** A line break or a tab in a value must not break the table. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => ({ '\n': '⏎', '\r': '␍', '\t': '⇥' })[c] ?? '�');
}

function padded(text: string, width: number, right: boolean): string {
  const cut = cutToWidth(text, width);
  const space = ' '.repeat(Math.max(0, width - displayWidth(cut)));
  return right ? space + cut : cut + space;
}

const leastWidth = 6;

/** Widths whose sum is at most `room`, taken from the widest columns, none below what still says something. */
function fitted(natural: readonly number[], room: number): readonly number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, width) => sum + width, 0) - room;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= leastWidth) break;
    widths[widths.indexOf(widest)] = widest - 1;
    excess -= 1;
  }
  return widths;
}
