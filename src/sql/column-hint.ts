import { either, nearest, nearestFew } from '../base/nearest.ts';
import { counted } from '../base/units.ts';

/** A table that a query reads, with the names of all its columns. */
export interface ReadTable {
  /** `database.table` */
  readonly name: string;
  readonly columns: readonly string[];
}

const mostShown = 5;

/**
 * What to do about a column that is not there: the one that was probably meant, else the nearest few, how many there are in
 * all, and what shows them. `candidates`: those that the engine proposes, where the tables are not known.
 */
export function columnHint(name: string, tables: readonly ReadTable[], candidates: readonly string[]): string {
  const known = [...new Set(tables.length === 0 ? candidates : tables.flatMap(({ columns }) => columns))];
  const meant = nearest(name, known);
  if (meant !== undefined) return `Did you mean "${meant}"?`;
  if (known.length === 0) return '';
  const near = nearestFew(name, known, mostShown).join(', ');
  if (tables.length === 0) return `Near it: ${near}.`;
  const shown =
    known.length <= mostShown ? `There are: ${near}.` : `Near it: ${near}, of ${counted(known.length, 'column')}.`;
  return `${shown} ${either([...new Set(tables.map((table) => `DESCRIBE ${table.name}`))])} shows them all.`;
}

/**
 * The tables whose columns a name can be, where the text tells: with a subquery, WITH or a view, what is in sight at the
 * name is not what the tables have.
 */
export function tablesInSight(
  source: string,
  views: readonly string[],
  tables: readonly ReadTable[],
): readonly ReadTable[] {
  const isPlain = views.length === 0 && (source.match(/\bselect\b/giu) ?? []).length === 1;
  return isPlain ? tables : [];
}
