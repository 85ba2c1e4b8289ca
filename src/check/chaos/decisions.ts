import { epochRoot } from '../../commit/epoch.ts';
import { readJson } from '../../commit/json-object.ts';
import { leaseRoot } from '../../commit/lease-record.ts';
import { listAll, type ObjectStore } from '../../lake/object-store.ts';

/** What decides, and who held which lease, at one moment: held against a later one. */
export interface Decisions {
  /** Plans, commits and epochs, each with its content's etag. */
  readonly objects: readonly string[];
  readonly terms: ReadonlyMap<string, { readonly term: number; readonly pid: number }>;
}

export async function readDecisions(lake: ObjectStore): Promise<Decisions> {
  const objects: string[] = [];
  for (const prefix of ['_playhead/series/', epochRoot]) {
    for await (const { key, etag } of listAll(lake, prefix))
      if (!key.endsWith('/checkpoint.json')) objects.push(`${key} ${etag}`);
  }
  return { objects, terms: await leaseTerms(lake) };
}

/** What an overtaken process must never do: write a decision anew, or go on under a lease that another took. */
export function contradicted(before: Decisions, after: Decisions): readonly string[] {
  const present = new Set(after.objects);
  const problems = before.objects
    .filter((object) => !present.has(object))
    .map((object) => `${object.split(' ')[0]} does not stay as it was written first`);
  for (const [lease, { term, pid }] of after.terms) {
    const held = before.terms.get(lease);
    const follows = held === undefined || term > held.term || (term === held.term && pid === held.pid);
    if (!follows) problems.push(`term ${term} of ${lease} was held twice`);
  }
  return problems;
}

/** Each term of a lease belongs to one holder, and the next one's is later. */
async function leaseTerms(lake: ObjectStore): Promise<Decisions['terms']> {
  const terms = new Map<string, { term: number; pid: number }>();
  for await (const { key } of listAll(lake, leaseRoot)) {
    const lease = await readJson<{ readonly term: number; readonly holder: { readonly pid: number } }>(lake, key);
    if (lease !== undefined) terms.set(key, { term: lease.value.term, pid: lease.value.holder.pid });
  }
  return terms;
}

/** As if every lease had run out: whoever holds one is not told that it lost it. */
export async function takeLeasesAway(lake: ObjectStore): Promise<void> {
  for await (const { key } of listAll(lake, leaseRoot)) await lake.delete(key);
}
