import { PlayheadError } from '../../base/errors.ts';
import { suggestion } from '../../base/nearest.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { PipelineDefinition } from '../definition.ts';
import { isObject } from '../shape/shape.ts';

/**
 * Throws PH_USAGE where a person is named by a field that stands nowhere in the definitions, nor in a column of the catalog, as what
 * answers of an API taught it, in whatever case: what has the id would go, but the field that it comes in would take it again at once.
 */
export async function refuseUnknownField(
  pipelines: readonly PipelineDefinition[],
  catalog: Catalog,
  name: string,
): Promise<void> {
  const tables = await Promise.all((await catalog.databases()).map((database) => catalog.tables(database)));
  // As a word: the alias of a job's SQL is a field, too.
  if (new RegExp(`\\b${name}\\b`, 'i').test(JSON.stringify([pipelines, tables]))) return;
  const known = [...new Set(fieldNames(pipelines))];
  throw new PlayheadError('PH_USAGE', `no definition knows a field ${name}`, {
    hint: `${suggestion(name, known)} Nothing was changed. Where records carry it all the same: --undeclared.`.trimStart(),
    details: { field: name },
  });
}

function* fieldNames(value: unknown): Generator<string> {
  if (Array.isArray(value)) for (const each of value) yield* fieldNames(each);
  if (!isObject(value)) return;
  for (const [name, each] of Object.entries(value)) {
    if (name === 'fields' && isObject(each)) yield* Object.keys(each);
    yield* fieldNames(each);
  }
}
