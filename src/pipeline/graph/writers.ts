import type { TableDefinition } from '../../catalog/definition.ts';
import { deliveryContributors, deliverySeriesNames } from '../../delivery/contributors.ts';
import { erroredContributor } from '../../delivery/quarantine.ts';
import { lifecycleContributor, setAsideLifecycleContributor } from '../../govern/lifecycle-series.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import { writtenBy } from '../../source/definition.ts';
import { restContributor } from '../../source/rest/series.ts';
import { seedTableContributor } from '../../source/seed-table.ts';
import type { Contributor } from '../../table/contribution.ts';
import { jobContributor, quarantineContributor } from '../../transform/job-plan.ts';
import type { PipelineDefinition } from '../definition.ts';
import { type Addressed, addressed, resolveAddress } from './address.ts';

/** What writes a table: its delivery, its job, or the source that makes it. */
export type Writer = Addressed<'delivery' | 'job' | 'source'>;

/** The one definition that writes the table of this address; undefined where others fill it. */
export function writerOf(pipelines: readonly PipelineDefinition[], table: string): Writer | undefined {
  return addressed(pipelines, 'delivery', 'job', 'source').find((entry) => {
    return targetsOf(entry).some(
      (target) => resolveAddress(pipelines, target, ['table', 'stream'], entry.pipeline).address === table,
    );
  });
}

/** Addresses of what a definition writes; none of a delivery to objects that are no table. */
export function targetsOf(entry: Writer): readonly string[] {
  if (entry.kind === 'source') return writtenBy(entry.definition);
  const target = entry.kind === 'delivery' ? entry.definition.table : entry.definition.into;
  return target === undefined ? [] : [target];
}

/** Whether a job reads the table of another job: its partitions are made anew from whole ones, and no record goes through it. */
export function isDerived(
  pipelines: readonly PipelineDefinition[],
  { definition, pipeline }: Addressed<'job'>,
): boolean {
  const from = resolveAddress(pipelines, definition.from, ['table'], pipeline).address;
  return writerOf(pipelines, from)?.kind === 'job';
}

/** The jobs that records go through: those that read what a delivery or a source wrote. */
export function recordJobs(pipelines: readonly PipelineDefinition[], of = pipelines): readonly Addressed<'job'>[] {
  return addressed(of, 'job').filter((job) => !isDerived(pipelines, job));
}

/** The jobs that read the table which a job writes. */
export function readersOf(pipelines: readonly PipelineDefinition[], job: string): readonly Addressed<'job'>[] {
  return addressed(pipelines, 'job').filter(({ definition, pipeline }) => {
    const from = resolveAddress(pipelines, definition.from, ['table'], pipeline).address;
    return writerOf(pipelines, from)?.address === job;
  });
}

/** The jobs whose tables are made of the table that a job writes: those that read it, and those that look it up. */
export function dependentsOf(pipelines: readonly PipelineDefinition[], job: string): readonly Addressed<'job'>[] {
  const lookingUp = addressed(pipelines, 'job').filter(({ definition: { lookUps = [] }, pipeline }) =>
    lookUps.some((address) => {
      const table = resolveAddress(pipelines, address, ['table'], pipeline).address;
      return writerOf(pipelines, table)?.address === job;
    }),
  );
  return [...new Map([...readersOf(pipelines, job), ...lookingUp].map((each) => [each.address, each])).values()];
}

/** The commit series that are the table, as its readers take them. */
export async function contributorsOf(
  pipelines: readonly PipelineDefinition[],
  address: string,
  table: TableDefinition,
  lake: ObjectStore,
): Promise<readonly Contributor[]> {
  const writer = writerOf(pipelines, address);
  if (writer === undefined) return [];
  return [...(await feeding(writer, table, lake)), ...lifecycleContributors(pipelines, table)];
}

async function feeding(writer: Writer, table: TableDefinition, lake: ObjectStore): Promise<readonly Contributor[]> {
  if (writer.kind === 'delivery') return deliveryContributors(lake, writer.address, table);
  if (writer.kind === 'source') {
    const contributor = writer.definition.source === 'rest' ? restContributor : seedTableContributor;
    return [contributor(writer.address, table)];
  }
  return [jobContributor(writer.address, table)];
}

/** The commit series that are the table of what was kept out of a table; none where nothing ever is. */
export async function quarantineContributorsOf(
  pipelines: readonly PipelineDefinition[],
  address: string,
  table: TableDefinition,
  lake: ObjectStore,
): Promise<readonly Contributor[]> {
  const writer = writerOf(pipelines, address);
  if (writer === undefined) return [];
  const own = await settingAside(pipelines, writer, table, lake);
  return own.length === 0 ? [] : [...own, ...setAsideLifecycleContributors(pipelines, writer, table)];
}

async function settingAside(
  pipelines: readonly PipelineDefinition[],
  writer: Writer,
  table: TableDefinition,
  lake: ObjectStore,
): Promise<readonly Contributor[]> {
  if (writer.kind === 'delivery')
    return (await deliverySeriesNames(lake, writer.address)).map((series) => erroredContributor(series, table));
  return writer.kind === 'job' && !isDerived(pipelines, writer) ? [quarantineContributor(writer.address, table)] : [];
}

/** The lifecycles as what takes from a table. They come behind who feeds it: what was put in goes out after. */
export function lifecycleContributors(
  pipelines: readonly PipelineDefinition[],
  table: TableDefinition,
): readonly Contributor[] {
  return addressed(pipelines, 'lifecycle').map(({ address }) => lifecycleContributor(address, table));
}

/** The same of the table of what its writer kept out of a table. */
export function setAsideLifecycleContributors(
  pipelines: readonly PipelineDefinition[],
  writer: Writer,
  table: TableDefinition,
): readonly Contributor[] {
  return addressed(pipelines, 'lifecycle').map((each) =>
    setAsideLifecycleContributor(each.address, table, writer.address),
  );
}
