import type { Effects } from '../base/effects.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { TableDefinition } from '../catalog/definition.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { registerCommits } from '../table/contribution.ts';
import { ensureQuarantineTable } from '../table/quarantine-table.ts';
import type { BoundJob } from './bound-job.ts';
import { jobContributor, quarantineContributor } from './job-plan.ts';
import { quarantineFolder } from './quarantine.ts';

/** Takes what the job committed into the catalog: its table, and the table of what it quarantined. Idempotent. */
export async function registerJob(
  { name, target, input }: Pick<BoundJob, 'name' | 'target' | 'input'>,
  { store, catalog }: { readonly store: ObjectStore; readonly catalog: Catalog },
  effects: Effects,
): Promise<void> {
  await registerCommits(catalog, store, jobContributor(name, target), effects);
  // What a job reads of another one was judged there: it sets nothing aside.
  if (input.restates === true) return;
  await ensureQuarantined(catalog, name, target);
  await registerCommits(catalog, store, quarantineContributor(name, target), effects);
}

/** Columns of the table of quarantined records, as queries see them. */
const columns = [
  { name: 'reason', type: 'string', comment: 'The first rule or check that it broke, or key_conflict' },
  { name: 'issues', type: 'array<struct<path:string,rule:string,expected:string,got:string>>' },
  { name: 'source', type: 'string', comment: 'Key of the input object' },
  { name: 'row', type: 'bigint', comment: 'Ordinal in the input object, from 0' },
  { name: 'text', type: 'string', comment: 'The line as it came' },
  { name: 'arrived_ms', type: 'bigint' },
  { name: 'source_commit', type: 'bigint' },
  { name: 'job_commit', type: 'bigint', comment: 'Commit of the job that quarantined it' },
];

/** Creates the table of what a job quarantined, where there is none. */
export async function ensureQuarantined(catalog: Catalog, job: string, target: TableDefinition): Promise<void> {
  await ensureQuarantineTable(catalog, target, {
    columns,
    location: quarantineFolder(job),
    format: 'parquet',
    parameters: { classification: 'parquet' },
    series: job,
  });
}
