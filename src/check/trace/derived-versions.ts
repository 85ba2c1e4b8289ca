import { partitionFolder } from '../../catalog/partition-layout.ts';
import { storedCommits } from '../../commit/packed-commits.ts';
import { partitionPath } from '../../lake/hive-layout.ts';
import type { DerivedPlace } from '../../ledger/record-trace.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { type Addressed, resolveAddress } from '../../pipeline/graph/address.ts';
import { tableName } from '../../pipeline/graph/table-names.ts';
import { readersOf } from '../../pipeline/graph/writers.ts';
import type { DerivedCommit } from '../../transform/derive/derived-plan.ts';

/** A partition of a derived table as its last commit left it. */
export interface DerivedVersion extends DerivedPlace {
  /** Keys of the objects that it is made from. */
  readonly inputs: ReadonlySet<string>;
}

/** The partitions of all tables downstream of a job, each after what it is made from. Reads the whole series of what makes them. */
export async function derivedVersions(engine: Engine, job: string): Promise<readonly DerivedVersion[]> {
  const found: DerivedVersion[] = [];
  for (const reader of readersOf(engine.pipelines, job))
    found.push(...(await versionsOf(engine, reader)), ...(await derivedVersions(engine, reader.address)));
  return found;
}

async function versionsOf(engine: Engine, job: Addressed<'job'>): Promise<readonly DerivedVersion[]> {
  const into = resolveAddress(engine.pipelines, job.definition.into, ['table'], job.pipeline);
  const names = Object.keys(into.definition.partitions);
  const versions = new Map<string, DerivedVersion>();
  for await (const { n, commit } of storedCommits<DerivedCommit>(await engine.lake(), job.address))
    for (const { values, inputs } of commit.derived) {
      const partition = partitionPath(names, values);
      versions.set(partition, {
        job: job.address,
        table: tableName(into),
        partition,
        commit: n,
        committedMs: commit.committedAtMs,
        object: `${into.definition.location}${partitionFolder(into.definition, values)}data.parquet`,
        inputs: new Set(inputs.map(({ key }) => key)),
      });
    }
  return [...versions.values()];
}
