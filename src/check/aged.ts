import type { Effects } from '../base/effects.ts';
import { openSeries } from '../commit/series.ts';
import { dueMs, type LifecycleRule, ruleTakes } from '../govern/lifecycle.ts';
import { contentName, type ExpiredObject, lifecycleState } from '../govern/lifecycle-series.ts';
import { storeRule } from '../govern/store-rules.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { CommittedVersion } from '../ledger/account.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import { addressed } from '../pipeline/graph/address.ts';

/** What lifecycles took, and which rules would take what is no longer there. */
export interface Aged {
  readonly byContent: ReadonlyMap<string, ExpiredObject>;
  readonly rules: readonly LifecycleRule[];
  /** A commit that objects are named by. The last one is kept: its objects come one after the other. */
  readonly naming: (series: string, n: number) => Promise<NamingCommit | undefined>;
}

/** Reads the commits of every lifecycle. */
export async function agedObjects(
  pipelines: readonly PipelineDefinition[],
  lake: ObjectStore,
  effects: Effects,
): Promise<Aged> {
  const entries = addressed(pipelines, 'lifecycle');
  const states = await Promise.all(entries.map(({ address }) => lifecycleState(lake, address)));
  return {
    byContent: new Map(states.flatMap(({ expired }) => expired.map((object) => [contentName(object), object]))),
    rules: entries.flatMap(({ definition }) => definition.rules),
    naming: keepingLast((series, n) => openSeries<never, NamingCommit>(lake, series, effects).read(n)),
  };
}

function keepingLast(read: Aged['naming']): Aged['naming'] {
  let last: { readonly of: string; readonly commit: ReturnType<typeof read> } | undefined;
  return (series, n) => {
    const of = `${series} ${n}`;
    if (last?.of !== of) last = { of, commit: read(series, n) };
    return last.commit;
  };
}

/** What lifecycles took of the objects that a writer's commits name. */
export function expiredOf({ byContent }: Aged, writer: string): readonly ExpiredObject[] {
  return [...byContent.values()].filter((object) => object.writer === writer);
}

/** Rows that a lifecycle took of a writer's table, and of what it set aside. */
export function expiredRows(aged: Aged, writer: string): { readonly table: number; readonly aside: number } {
  const rowsOf = (...roles: readonly ExpiredObject['role'][]): number =>
    expiredOf(aged, writer).reduce((sum, { role, rows }) => (roles.includes(role) ? sum + rows : sum), 0);
  return { table: rowsOf('data'), aside: rowsOf('error', 'quarantine') };
}

/**
 * True for an object that is past the age at which a rule lets it expire, counted from its commit, on a store that executes
 * the rules itself. Elsewhere a lifecycle's commit says what expired, and what is gone without one is missing.
 */
export async function isPastAge(
  lake: ObjectStore,
  { key, series, commit: n, holds }: CommittedVersion,
  { pipeline, table }: ObjectOwner,
  { rules, naming }: Aged,
  effects: Effects,
): Promise<boolean> {
  if (!lake.capabilities.lifecycles) return false;
  const expiring = rules.filter((rule) => {
    return storeRule(rule)?.expirationDays !== undefined && key.startsWith(rule.prefix);
  });
  if (expiring.length === 0) return false;
  const commit = await naming(series, n);
  const createdMs = commit?.committedAtMs;
  if (createdMs === undefined) return false;
  const { objects = [], quarantine, plan } = commit ?? {};
  const named = [...objects, ...[quarantine, plan].filter((object) => object !== undefined)];
  const sizeBytes = named.find((object) => object.key === key)?.sizeBytes ?? 0;
  const ofTable = holds === 'data' && table !== undefined ? { 'playhead:table': table } : {};
  const tags = { 'playhead:pipeline': pipeline, 'playhead:kind': holds, ...ofTable };
  return expiring.some((rule) => {
    const due = dueMs(createdMs, rule.expirationDays ?? Number.POSITIVE_INFINITY) <= effects.clock.now();
    return due && ruleTakes(rule, { key, sizeBytes, tags });
  });
}

/** Whose an object is, as its tags say. */
export interface ObjectOwner {
  readonly pipeline: string;
  /** `database.table`, where its data is a table's. */
  readonly table?: string;
}

/** What the commits of deliveries, jobs and sources have in common. */
interface NamingCommit {
  readonly committedAtMs?: number;
  readonly objects?: readonly { readonly key: string; readonly sizeBytes: number }[];
  readonly quarantine?: { readonly key: string; readonly sizeBytes: number };
  /** Of a source: the page that it took. */
  readonly plan?: { readonly key: string; readonly sizeBytes: number };
}
