import type { PagePlan, RestCommit } from './series.ts';

/** A page's object after an erasure: what stands there now, and how many records went. */
export interface ErasedPage {
  readonly key: string;
  /** Of the object as it was, and as it is. */
  readonly etag: string;
  readonly sha256: string;
  readonly now: { readonly key: string; readonly etag: string; readonly sha256: string; readonly sizeBytes: number };
  readonly records: number;
}

/** A page's commit after an erasure: as if its records had been taken and erased. The same commit where it names another content. */
export function withoutErasedPage(commit: RestCommit, page: ErasedPage): RestCommit {
  if (commit.kind !== 'page' || commit.etag !== page.etag) return commit;
  return { ...commit, plan: amended(commit.plan, page), etag: page.now.etag };
}

/** The plan of a page, which a process that died may have left without a commit: whoever settles it looks for these bytes. */
export function planWithoutErased(plan: PagePlan, page: ErasedPage): PagePlan {
  return plan.sha256 === page.sha256 ? amended(plan, page) : plan;
}

function amended(plan: PagePlan, { now, records }: ErasedPage): PagePlan {
  const { key, sha256, sizeBytes } = now;
  const erased = (plan.erased ?? 0) + records;
  return { ...plan, key, sha256, sizeBytes, records: plan.records - records, ...(erased === 0 ? {} : { erased }) };
}
