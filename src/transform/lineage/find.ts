import { PlayheadError } from '../../base/errors.ts';
import { either, suggestion } from '../../base/nearest.ts';
import type { Dataset, LineageGraph } from './graph.ts';

/** What a person asks for: a dataset, or one column of it. */
export interface LineageTarget {
  readonly dataset: Dataset;
  readonly column?: string;
}

/**
 * Finds `TABLE` or `TABLE.COLUMN`, where the table goes by its address, its name (`database.table`, a topic), or the last
 * part of either. PH_ADDRESS_UNKNOWN and PH_ADDRESS_AMBIGUOUS say what there is.
 */
export function findTarget({ datasets }: LineageGraph, written: string): LineageTarget {
  const whole = named(datasets, written);
  if (whole !== undefined) return { dataset: whole };
  const dot = written.lastIndexOf('.');
  const dataset = dot < 0 ? undefined : named(datasets, written.slice(0, dot));
  if (dataset === undefined) {
    const names = datasets.flatMap(({ id, name }) => [id, name, lastPart(id)]);
    throw new PlayheadError('PH_ADDRESS_UNKNOWN', `no table, stream or query is called "${written}"`, {
      hint: suggestion(written, [...new Set(names)]) || 'Nothing is defined.',
    });
  }
  const column = written.slice(dot + 1).toLowerCase();
  if (column in dataset.columns) return { dataset, column };
  throw new PlayheadError('PH_ADDRESS_UNKNOWN', `${dataset.name} has no column "${column}"`, {
    hint: suggestion(column, Object.keys(dataset.columns)) || 'No columns of it are declared.',
  });
}

function named(datasets: readonly Dataset[], written: string): Dataset | undefined {
  const wanted = written.toLowerCase();
  const exact = datasets.find(({ id, name }) => id === written || name.toLowerCase() === wanted);
  if (exact !== undefined) return exact;
  const found = datasets.filter(({ id, name }) => lastPart(id) === wanted || lastPart(name) === wanted);
  if (found.length > 1) {
    throw new PlayheadError('PH_ADDRESS_AMBIGUOUS', `"${written}" may be any of ${found.length}`, {
      hint: `Write ${either(found.map(({ id }) => id))}.`,
    });
  }
  return found[0];
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1).toLowerCase();
}
