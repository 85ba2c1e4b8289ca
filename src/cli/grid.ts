import { cutToWidth, displayWidth } from '../query/display-width.ts';

/** A column of a grid: numbers stand at the right, text at the left. */
export interface GridColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** A value, or a value with its colour: paint is put on after the text was measured and made safe. */
export type GridCell = string | { readonly text: string; readonly paint: (text: string) => string };

/** How a line of the grid is painted; widths are measured before. */
export interface GridPaint {
  readonly header?: (text: string) => string;
  readonly rule?: (text: string) => string;
}

/**
 * A calm table: two spaces between columns, a rule under the titles, no frame. `maxWidth` characters a line at most:
 * the widest text columns give way first, cut with `…`.
 */
export function grid(
  columns: readonly GridColumn[],
  rows: readonly (readonly GridCell[])[],
  settings: { readonly maxWidth?: number; readonly indent?: string; readonly paint?: GridPaint } = {},
): string {
  const { maxWidth = Number.POSITIVE_INFINITY, indent = '', paint = {} } = settings;
  const safe = rows.map((row) => row.map(safeCell));
  const natural = columns.map(({ title }, i) =>
    safe.reduce((widest, row) => Math.max(widest, displayWidth(row[i]?.text ?? '')), displayWidth(title)),
  );
  const widths = fit(natural, maxWidth - indent.length - 2 * (columns.length - 1));
  const line = (cells: readonly SafeCell[]): string =>
    columns
      .map(({ align }, i) => placed(cells[i], widths[i] ?? 0, align ?? 'left'))
      .join('  ')
      .trimEnd();
  const header = line(columns.map(({ title }) => safeCell(title)));
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [
    indent + (paint.header?.(header) ?? header),
    indent + (paint.rule?.(rule) ?? rule),
    ...safe.map((row) => indent + line(row)),
  ].join('\n');
}

interface SafeCell {
  readonly text: string;
  readonly paint: (text: string) => string;
}

function safeCell(cell: GridCell): SafeCell {
  return typeof cell === 'string'
    ? { text: oneLine(cell), paint: (text) => text }
    : { text: oneLine(cell.text), paint: cell.paint };
}

function placed(cell: SafeCell | undefined, width: number, align: 'left' | 'right'): string {
  const { text, paint } = cell ?? safeCell('');
  const cut = cutToWidth(text, width);
  const gap = ' '.repeat(Math.max(0, width - displayWidth(cut)));
  return align === 'right' ? gap + paint(cut) : paint(cut) + gap;
}

/** Takes the excess from the widest columns, never below eight characters each. */
function fit(natural: readonly number[], room: number): number[] {
  const widths = [...natural];
  for (;;) {
    const excess = widths.reduce((sum, width) => sum + width, 0) - room;
    const widest = Math.max(...widths);
    if (excess <= 0 || widest <= 8) return widths;
    const second = Math.max(8, ...widths.filter((width) => width < widest));
    const i = widths.indexOf(widest);
    widths[i] = Math.max(
      second,
      widest - excess,
      widths.filter((width) => width === widest).length > 1 ? widest - 1 : 0,
    );
  }
}

/** A line break or a control character in a value must not break the table, nor steer the terminal. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/\r?\n/g, ' ').replace(/[\u0000-\u001f\u007f-\u009f]/g, '�');
}
