import { counted } from '../base/units.ts';
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
 * `…`. Where all columns together are wider than the terminal, the widest give way first; where they would say nothing
 * any more, the last ones are left out, and a line under the table says how many.
 */
export function formatTable(
  all: readonly Column[],
  rows: readonly (readonly SqlValue[])[],
  style: TableStyle = { width: 160, cellWidth: 60 },
): string {
  const texts = rows.map((row) => all.map(({ type }, i) => oneLine(cellText(row[i] ?? null, type) ?? 'NULL')));
  const natural = all.map(({ name }, i) =>
    Math.min(
      style.cellWidth,
      texts.reduce((width, row) => Math.max(width, displayWidth(row[i] ?? '')), displayWidth(oneLine(name))),
    ),
  );
  const widths = fitted(natural, style.width);
  const columns = all.slice(0, widths.length);
  const left = all.length - columns.length;
  const line = (cells: readonly string[]): string =>
    `│ ${widths.map((width, i) => padded(cells[i] ?? '', width, isNumeric(columns[i]?.type ?? ''))).join(' │ ')} │`;
  const rule = (left: string, middle: string, right: string): string =>
    `${left}${widths.map((width) => '─'.repeat(width + 2)).join(middle)}${right}`;
  return [
    rule('┌', '┬', '┐'),
    line(columns.map(({ name }) => oneLine(name))),
    rule('├', '┼', '┤'),
    ...texts.map(line),
    rule('└', '┴', '┘'),
    ...(left === 0 ? [] : [`+ ${counted(left, 'more column')}: --format csv, or --format vertical`]),
  ].join('\n');
}

/** A line break or a tab in a value must not break the table. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => ({ '\n': '⏎', '\r': '␍', '\t': '⇥' })[c] ?? '�');
}

function padded(text: string, width: number, right: boolean): string {
  const cut = cutToWidth(text, width);
  const space = ' '.repeat(Math.max(0, width - displayWidth(cut)));
  return right ? space + cut : cut + space;
}

/** What a column is cut to before columns are left out, terminal columns. */
const leastWidth = 16;

/** Of each column its frame: a bar and a space on either side. */
const frameWidth = 3;

/** Widths of the columns that fit: all of them, the widest cut, else as many whole ones as there is room for. */
function fitted(natural: readonly number[], width: number): readonly number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, each) => sum + each + frameWidth, 1) - width;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= leastWidth) break;
    widths[widths.indexOf(widest)] = widest - 1;
    excess -= 1;
  }
  if (excess <= 0) return widths;
  let used = 1;
  const count = natural.findIndex((each) => {
    used += each + frameWidth;
    return used > width;
  });
  // One column is always shown, cut to what there is.
  return count === 0 ? [Math.max(1, Math.min(natural[0] ?? 1, width - frameWidth - 1))] : natural.slice(0, count);
}
