import { suggestion } from '../../base/nearest.ts';
import type { TableDefinition } from '../../catalog/definition.ts';
import type { RestSource } from './definition.ts';
import { namesIn, templateNames } from './template.ts';

/** What is wrong with a REST source that has its shape. `tables`: those of its endpoints, as far as there are any. */
export function restProblems(
  source: RestSource,
  tables: ReadonlyMap<string, TableDefinition>,
): readonly { readonly path: string; readonly message: string }[] {
  const problems: { path: string; message: string }[] = [];
  const { values, metadata, objectName } = source;
  const known = [...templateNames, ...Object.keys(values)];
  const checkNames = (path: string, template: string, names: readonly string[]): void => {
    for (const name of namesIn(template))
      if (!names.includes(name))
        problems.push({ path, message: `nothing is called {${name}}. ${suggestion(name, names)}`.trim() });
  };
  for (const [name, template] of Object.entries(values)) checkNames(`values.${name}`, template, templateNames);
  for (const [name, template] of Object.entries(metadata)) checkNames(`metadata.${name}`, template, known);
  for (const name of ['first', 'further'] as const) checkNames(`objectName.${name}`, objectName[name], known);
  if (!namesIn(objectName.further).includes('page'))
    problems.push({ path: 'objectName.further', message: 'must hold {page}: every page is an object of its own' });
  for (const name of ['first', 'further'] as const)
    if (!namesIn(objectName[name]).includes('execution_id'))
      problems.push({ path: `objectName.${name}`, message: 'must hold {execution_id}: nothing is written over' });
  for (const [name, { into }] of Object.entries(source.endpoints))
    if (into !== name && into in source.endpoints)
      problems.push({
        path: `endpoints.${name}.into`,
        message: `${into} is an endpoint, too: metrics name both alike`,
      });
  for (const [name, { records, pages, maxPages, expects }] of Object.entries(source.endpoints)) {
    if (pages.by === 'none' && maxPages > 1)
      problems.push({
        path: `endpoints.${name}.maxPages`,
        message: 'more than one, but nothing says how to ask: pages',
      });
    const table = tables.get(name);
    if (table === undefined) continue;
    const path = `endpoints.${name}`;
    if (table.format !== 'json')
      problems.push({ path: `${path}.into`, message: `${table.name} reads ${table.format}, and answers are JSON` });
    const list = table.record.fields[records];
    if (list?.type !== 'list')
      problems.push({ path: `${path}.records`, message: `the record ${table.record.name} has no list "${records}"` });
    else if (list.of.type === 'struct')
      for (const field of expects.filter((each) => list.of.type === 'struct' && !(each in list.of.fields)))
        problems.push({ path: `${path}.expects`, message: `the elements of ${records} have no field "${field}"` });
    for (const key of Object.keys(table.partitions))
      if (!known.includes(key))
        problems.push({ path: 'values', message: `says nothing of ${key}, by which ${table.name} is partitioned` });
  }
  return problems;
}
