import { AccountChanges } from './account-changes.ts';
import type { JobCommit } from './job-plan.ts';

/** Records that an erasure took and of which a job's commits alone know what had become of them. */
export interface ExpiredRecords {
  /** Key of the input object. */
  readonly source: string;
  /** Of those whose quarantined row was still there. */
  readonly aside: number;
  readonly written: number;
  readonly quarantined: number;
  readonly deduplicated: number;
}

/** The commit that read these records, without them: what a lifecycle took is so much less. Its partitions stay as they were. */
export function withoutExpiredRecords(commit: JobCommit, erased: readonly ExpiredRecords[]): JobCommit {
  if (erased.length === 0) return commit;
  const changes = new AccountChanges();
  let { table, aside } = commit.expiredErased ?? { table: 0, aside: 0 };
  for (const records of erased) {
    const { source, written, deduplicated } = records;
    const quarantined = records.quarantined + records.aside;
    changes.addToInput(source, 'read', -(written + quarantined + deduplicated));
    changes.addToInput(source, 'written', -written);
    changes.addToInput(source, 'quarantined', -quarantined);
    changes.addToInput(source, 'deduplicated', -deduplicated);
    table += written;
    aside += records.quarantined;
  }
  return { ...changes.appliedTo(commit), expiredErased: { table, aside } };
}
