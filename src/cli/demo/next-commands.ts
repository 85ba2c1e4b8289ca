import { resolveAddress } from '../../pipeline/graph/address.ts';
import { tableName } from '../../pipeline/graph/table-names.ts';
import type { Queries } from '../../query/queries.ts';
import { timeField } from '../../transform/definition.ts';
import type { Demo } from './flow.ts';

/** Fields of a record that name something else, by the way that people call them. */
const idSuffix = '_id';

/** Ends with three commands to try, with ids that are in the tables: whoever copies them gets an answer. */
export async function showNextCommands(demo: Demo, queries: Queries): Promise<readonly string[]> {
  const commands = await nextCommands(demo, queries);
  const { json, output } = demo.context;
  if (json || commands.length === 0) return commands;
  const { bold, cyan } = output.style;
  await output.out(['', bold('Try next'), ...commands.map((line) => `  ${cyan(line)}`), ''].join('\n'));
  return commands;
}

async function nextCommands({ engine, context, pipeline }: Demo, queries: Queries): Promise<readonly string[]> {
  const [delivery] = pipeline.deliveries;
  const [job] = pipeline.jobs;
  const { key, record } = pipeline.stream.definition;
  if (delivery?.definition.table === undefined || job === undefined || key === undefined) return [];
  const table = (address: string): string =>
    tableName(resolveAddress(engine.pipelines, address, ['table'], pipeline.pipeline.name));
  const [landing, curated] = [table(delivery.definition.table), table(job.definition.into)];
  const unique = job.definition.unique?.key[0];
  const time = timeField(job.definition);
  const ids = Object.keys(record.fields).filter((name) => name.endsWith(idSuffix) && name !== unique && name !== key);
  const [first = key, second = key] = ids;
  if (unique === undefined || time === undefined) return [];
  const { pages } = await queries.run(
    `SELECT ${key}, ${first}, ${second} FROM ${curated} WHERE ${key} = (
       SELECT ${key} FROM ${curated} GROUP BY ${key} ORDER BY count(*) DESC, ${key} LIMIT 1
     ) ORDER BY ${time} LIMIT 1`,
    { signal: context.signal },
  );
  let row: readonly unknown[] | undefined;
  for await (const page of pages) row ??= page[0];
  if (row === undefined) return [];
  const [keyId, firstId, secondId] = row.map((value) => String(value));
  const facts = Object.keys(record.fields).filter((name) => !name.endsWith(idSuffix) && name !== time);
  const columns = [time, ...facts.slice(0, 5)].join(', ');
  const calledAs = context.host.calledAs(context.workingDirectory);
  return [
    `${calledAs} query "SELECT ${columns} FROM ${curated} WHERE ${key} = '${keyId}' ORDER BY ${time}"`,
    `${calledAs} query "SELECT ${columns} FROM ${curated} WHERE ${second} = '${secondId}' ORDER BY ${time}"`,
    `${calledAs} query --fresh "SELECT count(*) AS records FROM ${landing} WHERE ${first} = '${firstId}'"`,
  ];
}
