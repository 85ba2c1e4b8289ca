import { cutToWidth, displayWidth } from '../query/display-width.ts';
import { foldedWords } from './fold.ts';

/** A column of a grid: numbers stand at the right, text at the left. */
export interface GridColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Where the columns don't fit side by side: on lines of its own, above the others of its row or below them. */
  readonly apart?: 'above' | 'below';
}

/** A value, or a value with its colour: paint is put on after the text was measured and made safe. */
export type GridCell = string | { readonly text: string; readonly paint: (text: string) => string };

/** How a line of the grid is painted; widths are measured before. */
export interface GridPaint {
  readonly header?: (text: string) => string;
  readonly rule?: (text: string) => string;
}

/**
 * A calm table: two spaces between columns, a rule under the titles, no frame. `maxWidth` characters a line at most: columns
 * that can stand apart do, then the widest text columns give way, cut with `…`.
 */
export function grid(
  columns: readonly GridColumn[],
  rows: readonly (readonly GridCell[])[],
  settings: GridSettings = {},
): string {
  const { maxWidth = Number.POSITIVE_INFINITY, indent = '', paint = {} } = settings;
  const safe = rows.map((row) => columns.map((_, i) => safeCell(row[i] ?? '')));
  const natural = naturalWidths(columns, safe);
  const room = maxWidth - indent.length - 2 * (columns.length - 1);
  if (sumOf(natural) > room && columns.some(({ apart }) => apart !== undefined))
    return apartGrid(columns, safe, settings);
  const widths = fit(natural, room);
  const header = lineOf(columns, columns.map(titleCell), widths);
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [
    indent + (paint.header?.(header) ?? header),
    indent + (paint.rule?.(rule) ?? rule),
    ...safe.map((row) => indent + lineOf(columns, row, widths)),
  ].join('\n');
}

interface GridSettings {
  readonly maxWidth?: number;
  readonly indent?: string;
  readonly paint?: GridPaint;
}

/** Rows of several lines: what stands above, the columns side by side, what stands below, each a little further in than a row begins. */
function apartGrid(
  columns: readonly GridColumn[],
  rows: readonly (readonly SafeCell[])[],
  { maxWidth = Number.POSITIVE_INFINITY, indent = '', paint = {} }: GridSettings,
): string {
  const inner = `${indent}  `;
  const lead = columns.some(({ apart }) => apart === 'above') ? inner : indent;
  const beside = columns.filter(({ apart }) => apart === undefined);
  const cellsOf = (row: readonly SafeCell[], place: GridColumn['apart']): readonly SafeCell[] =>
    row.filter((_, i) => columns[i]?.apart === place);
  const room = maxWidth - lead.length - 2 * (beside.length - 1);
  const widths = fit(
    naturalWidths(
      beside,
      rows.map((row) => cellsOf(row, undefined)),
    ),
    room,
  );
  const linesOf = (row: readonly SafeCell[]): readonly string[] => [
    ...foldedCells(saidIn(cellsOf(row, 'above'), '  '), indent, maxWidth),
    lead + lineOf(beside, cellsOf(row, undefined), widths),
    ...foldedCells(saidIn(cellsOf(row, 'below'), '\n'), inner, maxWidth),
  ];
  const rule = '─'.repeat(lead.length - indent.length + sumOf(widths) + 2 * (beside.length - 1));
  return [
    ...linesOf(columns.map(titleCell)).map((line) => paint.header?.(line) ?? line),
    indent + (paint.rule?.(rule) ?? rule),
    ...rows.flatMap(linesOf),
  ].join('\n');
}

/** What cells say that stand apart, with `between` them; not what stands for nothing. */
function saidIn(cells: readonly SafeCell[], between: string): string {
  return cells
    .filter(({ text }) => text !== '' && text !== '—')
    .map(({ text, paint }) => paint(text))
    .join(between);
}

/** On as many lines as it takes. */
function foldedCells(said: string, indent: string, maxWidth: number): readonly string[] {
  if (said === '') return [];
  return said.split('\n').flatMap((line) => foldedWords(line, maxWidth - indent.length).map((words) => indent + words));
}

function lineOf(columns: readonly GridColumn[], cells: readonly SafeCell[], widths: readonly number[]): string {
  return columns
    .map(({ align }, i) => placed(cells[i], widths[i] ?? 0, align ?? 'left'))
    .join('  ')
    .trimEnd();
}

function titleCell({ title }: GridColumn): SafeCell {
  return safeCell(title);
}

function naturalWidths(columns: readonly GridColumn[], rows: readonly (readonly SafeCell[])[]): readonly number[] {
  return columns.map(({ title }, i) =>
    rows.reduce((widest, row) => Math.max(widest, displayWidth(row[i]?.text ?? '')), displayWidth(title)),
  );
}

function sumOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0);
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
    const excess = sumOf(widths) - room;
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
