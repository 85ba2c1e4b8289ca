import { isPlayheadError } from '../../base/errors.ts';
import { writtenBy } from '../../source/definition.ts';
import { quarantineTableName } from '../../table/quarantine-table.ts';
import { cyclesOf, type Step } from '../../transform/lineage/cycles.ts';
import type { PipelineDefinition } from '../definition.ts';
import { type Addressed, resolveAddress } from '../graph/address.ts';
import type { Kind } from '../shape/sections.ts';

type Report = (entry: Addressed, path: string, message: string) => void;

/** Reports what two definitions claim for themselves: a topic, a table's name or folder, the writing of a table. */
export function checkOwnership(
  entries: readonly Addressed[],
  pipelines: readonly PipelineDefinition[],
  report: Report,
): void {
  const topics = claims(report, 'the topic');
  const tables = claims(report, 'the table');
  const locations = claims(report, 'the location');
  const writers = claims(report, 'the writing of');
  const gateways = claims(report, 'the gateway into');
  const written = (entry: Addressed, path: string, address: string | undefined): void => {
    const table = address === undefined ? undefined : found(pipelines, 'table', address, entry.pipeline);
    if (table !== undefined) writers(entry, path, table.address);
  };
  for (const entry of entries) {
    if (entry.kind === 'stream') topics(entry, 'topic', entry.definition.topic);
    if (entry.kind === 'table') {
      tables(entry, 'name', `${entry.definition.database}.${entry.definition.name}`);
      locations(entry, 'location', entry.definition.location);
    }
    if (entry.kind === 'gateway') {
      const stream = found(pipelines, 'stream', entry.definition.into, entry.pipeline);
      if (stream !== undefined) gateways(entry, 'into', stream.address);
    }
    if (entry.kind === 'delivery') written(entry, 'table', entry.definition.table);
    if (entry.kind === 'job') written(entry, 'into', entry.definition.into);
    if (entry.kind === 'source' && entry.definition.source !== 'sessions')
      for (const target of writtenBy(entry.definition)) written(entry, 'into', target);
  }
  checkQuarantineNames(entries, pipelines, report);
}

/** Reports tables that have the name of the table of what a delivery or a job keeps out of another one. */
function checkQuarantineNames(
  entries: readonly Addressed[],
  pipelines: readonly PipelineDefinition[],
  report: Report,
): void {
  const tableOf = (address: string, { pipeline }: Addressed) => found(pipelines, 'table', address, pipeline);
  const jobs = entries.flatMap((entry) => (entry.kind === 'job' ? [entry] : []));
  const made = new Set(jobs.map((job) => tableOf(job.definition.into, job)?.address));
  const filledBy = new Map<string, string>();
  const fills = (entry: Addressed, address: string): void => {
    const table = tableOf(address, entry)?.definition;
    if (table !== undefined) filledBy.set(`${table.database}.${quarantineTableName(table)}`, entry.address);
  };
  for (const entry of entries)
    if (entry.kind === 'delivery' && entry.definition.table !== undefined) fills(entry, entry.definition.table);
  // What a job reads of another one was judged there: it sets nothing aside.
  for (const job of jobs) if (!made.has(tableOf(job.definition.from, job)?.address)) fills(job, job.definition.into);
  for (const entry of entries) {
    if (entry.kind !== 'table') continue;
    const name = `${entry.definition.database}.${entry.definition.name}`;
    const by = filledBy.get(name);
    if (by !== undefined)
      report(entry, 'name', `${name} is the table of what ${by} sets aside: give this one another name`);
  }
}

/** The first to claim a value has it; each later one is reported with the address of the first. */
function claims(report: Report, what: string): (entry: Addressed, path: string, value: string) => void {
  const owners = new Map<string, Addressed>();
  return (entry, path, value) => {
    const owner = owners.get(value);
    if (owner === undefined) owners.set(value, entry);
    else report(entry, path, `${what} ${value} belongs to ${owner.address} already`);
  };
}

function found<K extends Kind>(
  pipelines: readonly PipelineDefinition[],
  kind: K,
  address: string,
  within: string,
): Addressed<K> | undefined {
  try {
    return resolveAddress(pipelines, address, [kind], within);
  } catch (error) {
    // An address that leads nowhere is a problem that checkReferences reports.
    if (isPlayheadError(error)) return undefined;
    throw error;
  }
}

/** Reports each cycle of jobs, at its first job: none of them could ever have its input complete. */
export function checkCycles(
  entries: readonly Addressed[],
  pipelines: readonly PipelineDefinition[],
  report: Report,
): void {
  const jobs = entries.flatMap((entry) => (entry.kind === 'job' ? [entry] : []));
  const steps = jobs.flatMap(({ address, pipeline, definition }): Step[] => {
    const [from, into] = [definition.from, definition.into].map(
      (table) => found(pipelines, 'table', table, pipeline)?.address,
    );
    // A job that reads the table that it writes is a problem of its own, reported with the job.
    return from === undefined || into === undefined || from === into ? [] : [{ name: address, from, into }];
  });
  for (const cycle of cyclesOf(steps)) {
    const first = jobs.find(({ address }) => address === cycle[0]?.name);
    const way = cycle.map(({ name, from }) => `${from} → ${name}`).join(' → ');
    if (first !== undefined)
      report(
        first,
        'into',
        `is a cycle of jobs: ${way} → ${cycle[0]?.from ?? ''}. One of them must read another table.`,
      );
  }
}
