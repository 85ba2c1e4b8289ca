import { withoutErased } from '../../delivery/erase-commit.ts';
import type { DeliveryCommit } from '../../delivery/plan.ts';
import { type ErasedPage, planWithoutErased, withoutErasedPage } from '../../source/rest/erase-page.ts';
import type { PagePlan, RestCommit } from '../../source/rest/series.ts';
import { withoutErasedRecords } from '../../transform/erase-commit.ts';
import { withoutExpiredRecords } from '../../transform/erase-expired.ts';
import type { JobCommit } from '../../transform/job-plan.ts';
import { type JobBehind, setBack } from './behind.ts';
import type { ErasedOfJob } from './erased-by-job.ts';
import type { ReplacedObject } from './journal.ts';
import { pointedAnew } from './point-anew.ts';

/** What an erasure did, as plans and commits have to say it. */
export interface Amending {
  /** Tells this erasure from another in commits. */
  readonly erasure: string;
  readonly byKey: ReadonlyMap<string, ReplacedObject>;
  readonly jobs: ReadonlyMap<string, ErasedOfJob>;
  readonly behind: readonly JobBehind[];
  /** Takes the former keys of objects that a plan or commit names. */
  readonly named: Set<string>;
}

/** Where a plan or commit of a series stands. */
export interface SeriesPlace {
  readonly key: string;
  readonly series: string;
  readonly kind: 'plan' | 'commit';
  readonly n: number;
}

/** A plan or commit after an erasure. Only deliveries, jobs and sources write into series, and each form tells whose it is. */
export function amended(value: object, place: SeriesPlace, amending: Amending): object {
  const { kind, plan } = value as Partial<RestCommit & { readonly plan: PagePlan }>;
  if (kind === 'page' && plan !== undefined) return ofPage(value as RestCommit, plan.key, amending);
  const { endpoint, key } = value as Partial<PagePlan>;
  if (endpoint !== undefined && key !== undefined) return ofPagePlan(value as PagePlan, amending);
  return ofRecords(value, place, amending);
}

function ofPage(commit: RestCommit, key: string, { byKey, named }: Amending): RestCommit {
  const object = byKey.get(key);
  if (object !== undefined) named.add(object.key);
  const page = object === undefined ? undefined : erasedPage(object);
  return page === undefined ? commit : withoutErasedPage(commit, page);
}

function ofPagePlan(plan: PagePlan, { byKey }: Amending): PagePlan {
  const object = byKey.get(plan.key);
  const page = object === undefined ? undefined : erasedPage(object);
  return page === undefined ? plan : planWithoutErased(plan, page);
}

function erasedPage({ key, etag, page, rows, now }: ReplacedObject): ErasedPage | undefined {
  if (page === undefined) return undefined;
  return { key, etag, sha256: page.sha256, now: { ...now, sha256: now.sha256 ?? page.sha256 }, records: rows.length };
}

function ofRecords(value: object, { key, series, kind, n }: SeriesPlace, amending: Amending): object {
  const { byKey, named, behind, erasure } = amending;
  const gone = new Map<string, number>();
  const derived = behind.some(({ job }) => job === series) && kind === 'commit' ? ['derived'] : [];
  // What a partition was made from stays as it was, where the job makes it anew of what is there now.
  const pointed = pointedAnew(value, { byKey, named, gone }, derived) as object;
  const waiting = behind.find(({ last, pending }) => key === last || key === pending);
  const next = waiting === undefined ? pointed : setBack(pointed, waiting);
  if (kind === 'plan') return next;
  const commit = next as Partial<DeliveryCommit> & Partial<Pick<JobCommit, 'job' | 'erasures'>>;
  if (commit.kind === 'flushes' && gone.size > 0) return withoutErased(next as DeliveryCommit, gone);
  const erased = amending.jobs.get(series);
  const isCounted = commit.job === undefined || commit.erasures?.[erasure] !== undefined;
  return erased === undefined || isCounted ? next : ofJob(next as JobCommit, n, erased, erasure);
}

function ofJob(commit: JobCommit, n: number, { records, unseen }: ErasedOfJob, erasure: string): JobCommit {
  const counted = withoutErasedRecords(commit, n, records);
  const all = withoutExpiredRecords(counted, unseen.get(n) ?? []);
  return { ...all, erasures: { ...commit.erasures, [erasure]: commit.total.read - all.total.read } };
}
