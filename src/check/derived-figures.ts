import { storedCommits } from '../commit/packed-commits.ts';
import { contentName } from '../govern/lifecycle-series.ts';
import type { CommittedVersion } from '../ledger/account.ts';
import type { Fault } from '../ledger/fault.ts';
import type { Engine } from '../pipeline/engine/bind.ts';
import { type Addressed, resolveAddress } from '../pipeline/graph/address.ts';
import { tableName } from '../pipeline/graph/table-names.ts';
import { readersOf } from '../pipeline/graph/writers.ts';
import { partitionsMadeOf } from '../transform/derive/days-read.ts';
import { type DerivedCommit, rowsRead } from '../transform/derive/derived-plan.ts';
import { cataloguedTable } from './catalogued-table.ts';
import { type LakeView, registeredUpTo, standing } from './lake-view.ts';

/** What a table that a job makes of another job's table stands on, and has: of each partition its present version alone. */
export interface DerivedFigures {
  readonly job: string;
  readonly table: string;
  readonly from: string;
  /** Rows of the table before that the present partitions were made from. */
  readonly read: number;
  /** Rows of the table by its commits. */
  readonly rows: number;
  readonly partitions: number;
  /** How often a partition was made anew, over all commits. */
  readonly restatements: number;
  /** Partitions of the table before that were written since the job last looked. */
  readonly pending: number;
  readonly faults: readonly Fault[];
}

/** The tables downstream of a job, each held to its commits, to the catalog, and to the table that it is made from. */
export async function derivedFigures(
  engine: Engine,
  job: Addressed<'job'>,
  view: LakeView,
): Promise<readonly DerivedFigures[]> {
  const found: DerivedFigures[] = [];
  for (const reader of readersOf(engine.pipelines, job.address))
    found.push(await figuresOf(engine, reader, view), ...(await derivedFigures(engine, reader, view)));
  return found;
}

interface Version {
  readonly rows: number;
  readonly read: number;
  /** What it is made from, by `contentName`. */
  readonly inputs: ReadonlySet<string>;
  readonly commit: number;
}

interface Committed {
  readonly versions: ReadonlyMap<string, Version>;
  readonly objects: readonly CommittedVersion[];
  readonly kept: ReadonlySet<string>;
  readonly restatements: number;
  readonly positions: Readonly<Record<string, number>>;
  readonly gone: readonly number[];
}

async function figuresOf(engine: Engine, job: Addressed<'job'>, view: LakeView): Promise<DerivedFigures> {
  const tableAt = (address: string): Addressed<'table'> =>
    resolveAddress(engine.pipelines, address, ['table'], job.pipeline);
  const [from, into] = [tableAt(job.definition.from), tableAt(job.definition.into)];
  const committed = await readDerived(engine, job.address, registeredUpTo(view.catalogued, into, job.address));
  const { versions, gone, positions, restatements } = committed;
  const objects = standing(committed.objects, view)('data');
  const verified = await view.verify(objects, { pipeline: into.pipeline, table: tableName(into) });
  const catalogued = cataloguedTable(into, view, objects, new Map([[job.address, gone]]));
  const { stale, pending } = held(view, { job, from, into }, committed);
  const missing = gone.map(
    (n): Fault => ({
      kind: 'commit-missing',
      message: `commit ${n} is gone, and with it the account of what it made`,
      place: { series: job.address, commit: n },
    }),
  );
  const all = [...versions.values()];
  return {
    job: job.address,
    table: tableName(into),
    from: tableName(from),
    read: all.reduce((sum, { read }) => sum + read, 0),
    rows: all.reduce((sum, { rows }) => sum + rows, 0),
    partitions: all.length,
    restatements,
    pending: Object.keys(positions).length === 0 && all.length === 0 ? 0 : pending,
    faults: [...missing, ...verified.faults, ...catalogued.faults, ...(gone.length > 0 ? [] : stale)],
  };
}

async function readDerived(engine: Engine, job: string, upTo: number): Promise<Committed> {
  const lake = await engine.lake();
  const versions = new Map<string, Version>();
  const objects = new Map<string, CommittedVersion>();
  const kept = new Set<string>();
  const gone: number[] = [];
  let restatements = 0;
  let positions: Committed['positions'] = {};
  let next = 0;
  for await (const { n, commit } of storedCommits<DerivedCommit>(lake, job)) {
    if (n > upTo) break;
    for (; next < n; next += 1) gone.push(next);
    next = n + 1;
    positions = commit.positions;
    for (const values of commit.kept) kept.add(values.join('/'));
    for (const [i, partition] of commit.derived.entries()) {
      const object = commit.objects[i];
      if (object === undefined) continue;
      const path = partition.values.join('/');
      if (versions.has(path)) restatements += 1;
      const inputs = new Set(partition.inputs.map(contentName));
      versions.set(path, { rows: object.rows, read: rowsRead(partition), inputs, commit: n });
      const { key, etag, rows } = object;
      objects.set(key, { key, etag, rows, series: job, commit: n, holds: 'data' });
    }
  }
  return { versions, objects: [...objects.values()], kept, restatements, positions, gone };
}

/** Holds each partition to the input as the catalog has it: what was written there since is pending, what else differs is a fault. */
function held(
  { catalogued }: LakeView,
  {
    job,
    from,
    into,
  }: { readonly job: Addressed<'job'>; readonly from: Addressed<'table'>; readonly into: Addressed<'table'> },
  { versions, kept, positions }: Committed,
): { readonly stale: readonly Fault[]; readonly pending: number } {
  const map = partitionsMadeOf(from.definition, into.definition, job.address, job.definition.daysBefore);
  const stale = new Map<string, Fault>();
  let pending = 0;
  const objects = catalogued.get(from.address)?.objects ?? [];
  const placed = objects.flatMap(({ partition, ...object }) =>
    map(partition)
      .map((values) => values.join('/'))
      // A day after it that has no input of its own is not there, and lacks nothing.
      .filter((path, i) => i === 0 || versions.has(path))
      .map((path, i) => ({ ...object, path, isOwn: i === 0 })),
  );
  for (const { key, etag, path, isOwn, series, commit, rows } of placed) {
    const version = versions.get(path);
    if (version?.inputs.has(contentName({ key, etag })) === true) continue;
    if (commit >= (positions[series] ?? 0)) {
      if (isOwn) pending += 1;
      continue;
    }
    if (kept.has(path)) continue;
    const named = path === '' ? tableName(into) : `partition ${path} of ${tableName(into)}`;
    stale.set(path, {
      kind: 'partition-unbalanced',
      message: `${named} is not made from ${key} as it is, ${rows} rows`,
      rows,
      place: { series: job.address, object: key, ...(version === undefined ? {} : { commit: version.commit }) },
    });
  }
  return { stale: [...stale.values()], pending };
}
