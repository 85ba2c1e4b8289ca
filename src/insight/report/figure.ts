/** A value of a report's rows: a number, a text (times too, as Athena prints them), or none. */
export type Cell = number | string | null;
export type Row = Readonly<Record<string, Cell>>;

/** A figure for people: grouped, as many decimals as its size deserves, with its unit. */
export function figureText(value: Cell | undefined, unit = ''): string {
  if (value === null || value === undefined) return '—';
  if (typeof value === 'string') return value;
  // A count has no decimals; a share of exactly a quarter has those of its neighbours.
  const isWhole = Number.isInteger(value) && (unit === '' || value === 0);
  const decimals = isWhole ? 0 : decimalsOf(Math.abs(value));
  const text = value.toLocaleString('en-US', { maximumFractionDigits: decimals, minimumFractionDigits: decimals });
  return unit === '' ? text : `${text} ${unit}`;
}

function decimalsOf(size: number): number {
  if (size >= 100) return 0;
  if (size >= 10) return 1;
  return size >= 0.995 ? 2 : 3;
}

/** A figure on an axis: no more decimals than it needs. */
export function tickText(value: number, unit = ''): string {
  const text = value.toLocaleString('en-US', { maximumFractionDigits: 3 });
  return unit === '' ? text : `${text} ${unit}`;
}

/** An instant as Athena prints it, `2025-08-11 10:00:00.000`, or as a whole hour. Undefined for what is none. */
export function instantOf(value: Cell | undefined): Date | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.replace(' UTC', '').replace(' ', 'T');
  const date = new Date(text.includes('T') ? `${text.replace(/Z$/, '')}Z` : text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

export function numberOf(value: Cell | undefined): number {
  return typeof value === 'number' ? value : 0;
}
