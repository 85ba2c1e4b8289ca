import type { Effects } from '../../base/effects.ts';
import { encodeJson, readJson } from '../../commit/json-object.ts';
import { blockOf } from '../../commit/packed-commits.ts';
import { withoutErased } from '../../delivery/erase-commit.ts';
import type { DeliveryCommit } from '../../delivery/plan.ts';
import { listAll, type ObjectStore } from '../../lake/object-store.ts';
import { type ErasedRecords, withoutErasedRecords, withoutExpiredRecords } from '../../transform/erase-commit.ts';
import type { JobCommit } from '../../transform/job-plan.ts';
import type { ReplacedObject, UnseenRecords } from './journal.ts';
import type { PersonFinder } from './person.ts';
import { redactedJson } from './redact-json.ts';

const seriesFolder = '_playhead/series/';
const commitKey = /^_playhead\/series\/([^/]+)\/commit\/(\d+)\.json$/;

export interface Amendment {
  /** Tells this erasure from another in commits. */
  readonly erasure: string;
  readonly replaced: readonly ReplacedObject[];
  /** Takes the person out of the texts of plans and commits (samples of checks). */
  readonly finder: PersonFinder;
}

export interface Amended {
  /** Plans and commits that were written anew. */
  readonly commits: number;
  /** Keys that a commit names. */
  readonly named: ReadonlySet<string>;
}

/**
 * Makes plans and commits name what stands in the lake after an erasure, and their accounts leave out what went. It is the one
 * thing that ever changes a commit: what it said of the person has to go too, and everything that is derived from commits
 * (catalog, ledger, jobs that have yet to read) then follows. Each is changed once, whole; done twice, nothing happens.
 */
export async function amendSeries(store: ObjectStore, amendment: Amendment, effects: Effects): Promise<Amended> {
  // By the new key too: a commit that was amended before a crash names it, and what it names stays.
  const byKey = new Map(
    amendment.replaced.flatMap((object) => [object.key, object.now.key].map((key) => [key, object])),
  );
  const jobs = await erasedByJob(store, amendment);
  const named = new Set<string>();
  let commits = 0;
  for await (const { key } of listAll(store, seriesFolder)) {
    if (!key.endsWith('.json')) continue;
    const stored = await readJson<unknown>(store, key);
    if (stored === undefined) continue;
    const text = JSON.stringify(stored.value);
    const next = amended(stored.value, key, { amendment, byKey, jobs, named });
    const clean = redactedJson(next, amendment.finder);
    if (JSON.stringify(clean) === text) continue;
    // Before: were it left, and we killed in between, nobody would know that the copy still says it.
    await forgetPacked(store, key);
    await store.put(key, encodeJson(clean), { ifMatch: stored.etag });
    commits += 1;
    await effects.reached('erase.commit-amended');
  }
  return { commits, named };
}

/** Deletes the copy of the commit that has this key, and of those packed with it. */
async function forgetPacked(store: ObjectStore, key: string): Promise<void> {
  const [, name, n] = commitKey.exec(key) ?? [];
  if (name !== undefined) await store.delete(blockOf(name, Number(n)));
}

interface Amending {
  readonly amendment: Amendment;
  readonly byKey: ReadonlyMap<string, ReplacedObject>;
  readonly jobs: ReadonlyMap<string, ErasedOfJob>;
  readonly named: Set<string>;
}

function amended(value: unknown, key: string, { amendment, byKey, jobs, named }: Amending): unknown {
  const place = commitKey.exec(key);
  const gone = new Map<string, number>();
  const pointed = pointedAnew(value, byKey, gone, named);
  if (place === null) return pointed;
  // Only deliveries and jobs write these forms into a series.
  const commit = pointed as Partial<DeliveryCommit> & Partial<Pick<JobCommit, 'job' | 'erasures'>>;
  if (commit.kind === 'flushes' && gone.size > 0) return withoutErased(pointed as DeliveryCommit, gone);
  const erased = jobs.get(place[1] ?? '');
  if (commit.job === undefined || erased === undefined || commit.erasures?.[amendment.erasure] !== undefined)
    return pointed;
  const n = Number(place[2]);
  const unseen = erased.unseen.filter(({ readBy }) => readBy === n);
  const next = withoutErasedRecords(pointed as JobCommit, n, erased.records);
  const all = unseen.length === 0 ? next : withoutExpiredRecords(next, unseen);
  const read = (pointed as JobCommit).total.read - all.total.read;
  return { ...all, erasures: { ...commit.erasures, [amendment.erasure]: read } };
}

/** The value with every object that it names by key and former etag named as it is now. `gone` takes the rows that each lost. */
function pointedAnew(
  value: unknown,
  byKey: ReadonlyMap<string, ReplacedObject>,
  gone: Map<string, number>,
  named: Set<string>,
): unknown {
  if (Array.isArray(value)) return value.map((each) => pointedAnew(each, byKey, gone, named));
  if (typeof value !== 'object' || value === null) return value;
  const fields: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(value)) fields[name] = pointedAnew(each, byKey, gone, named);
  const object = typeof fields['key'] === 'string' ? byKey.get(fields['key']) : undefined;
  if (object === undefined) return fields;
  named.add(object.key);
  const { etag, now, rows } = object;
  if (fields['replaces'] === etag) fields['replaces'] = now.etag;
  if (fields['etag'] === undefined || fields['etag'] === etag) fields['key'] = now.key;
  if (fields['etag'] !== etag) return fields;
  fields['etag'] = now.etag;
  if (now.sha256 === undefined) delete fields['sha256'];
  else if (fields['sha256'] !== undefined) fields['sha256'] = now.sha256;
  if (fields['sizeBytes'] !== undefined) fields['sizeBytes'] = now.sizeBytes;
  if (typeof fields['rows'] === 'number' && rows.length > 0) {
    fields['rows'] -= rows.length;
    fields['erased'] = Number(fields['erased'] ?? 0) + rows.length;
    gone.set(now.key, rows.length);
  }
  return fields;
}

interface ErasedOfJob {
  /** What sidecars knew of the records that went, with the commit that had read each. */
  readonly records: readonly ErasedRecords[];
  readonly unseen: readonly UnseenRecords[];
}

async function erasedByJob(store: ObjectStore, { replaced }: Amendment): Promise<ReadonlyMap<string, ErasedOfJob>> {
  const names = new Map(replaced.map(({ key, now }) => [key, now.key]));
  const nameNow = (key: string): string => names.get(key) ?? key;
  const byJob = Map.groupBy(
    replaced.filter(({ fates }) => fates !== undefined && fates.length > 0),
    ({ key }) => key.split('/')[2] ?? '',
  );
  const unseen = replaced.flatMap((object) =>
    (object.unseen ?? []).map((records) => ({ ...records, source: nameNow(records.source) })),
  );
  const erased = new Map<string, ErasedOfJob>();
  for (const job of new Set([...byJob.keys(), ...unseen.map((records) => records.job)])) {
    const readBy = new Map<string, number>();
    for await (const { key } of listAll(store, `${seriesFolder}${job}/commit/`)) {
      const commit = (await readJson<JobCommit>(store, key))?.value;
      // A replay's lines name objects that another commit had read.
      if (commit === undefined || commit.replayed !== undefined) continue;
      for (const { key: source } of commit.inputs) readBy.set(nameNow(source), Number(key.slice(-15, -5)));
    }
    erased.set(job, {
      unseen: unseen.filter((records) => records.job === job),
      records: (byJob.get(job) ?? []).flatMap(({ key, fates = [] }) =>
        fates.flatMap(({ source: former, jobCommit: decidedBy, ...fate }) => {
          const source = nameNow(former);
          const reader = readBy.get(source);
          return reader === undefined ? [] : [{ ...fate, source, readBy: reader, decidedBy, sidecar: nameNow(key) }];
        }),
      ),
    });
  }
  return erased;
}
