/** Ways in which what is stored contradicts what was committed. */
export const faultKinds = {
  'object-missing': 'an object that a commit names is not in the lake',
  'object-changed': 'an object holds other bytes than were committed',
  'rows-differ': 'an object holds another number of rows than its commit says',
  'object-stray': 'an object under a table that no commit names',
  'commit-missing': 'a commit is gone, those around it are there',
  'commit-doubled': 'a commit says again what an earlier one said',
  'commit-unbalanced': 'the figures of a commit contradict each other',
  'positions-skipped': 'a commit moves over positions that no account counts',
  'input-skipped': 'a job has passed a commit of its input and did not read it',
  'input-differs': 'a job has read other rows of an object than it holds',
  'log-hole': 'the log can not give positions that it should hold',
  'log-cut': 'the log ends before what was delivered from it',
  'log-unbalanced': 'what sources sent is not what partitions took',
  'catalog-lacks': 'the catalog does not have what was committed',
  'catalog-differs': 'the catalog has an object otherwise than it was committed',
  'catalog-extra': 'the catalog has an object that no commit names',
  'partition-unbalanced': 'a partition has other rows than were written to it',
} as const;

export type FaultKind = keyof typeof faultKinds;

/** Where a fault is: as much of it as is known. */
export interface FaultPlace {
  readonly series?: string;
  readonly commit?: number;
  /** Ordinal of the flush in its plan. */
  readonly flush?: number;
  readonly object?: string;
  /** Number of the run that made the commit. */
  readonly run?: number;
  /** `database.table`. */
  readonly table?: string;
  readonly topic?: string;
  readonly partition?: number;
  /** Positions as decimal strings, `until` exclusive. */
  readonly from?: string;
  readonly until?: string;
}

export interface Fault {
  readonly kind: FaultKind;
  /** What is wrong, without the place where `place` says it. */
  readonly message: string;
  /** Records that it concerns, where that is known. */
  readonly rows?: number;
  readonly place: FaultPlace;
}

/** A fault in one line, with its place. */
export function faultText({ message, place }: Fault): string {
  const { series, commit, flush, run } = place;
  const where = [
    ...(commit === undefined || series === undefined ? [] : [`commit ${commit} of ${series}`]),
    ...(flush === undefined ? [] : [`flush ${flush}`]),
    ...(run === undefined ? [] : [`run ${run}`]),
  ];
  return where.length === 0 ? message : `${message} (${where.join(', ')})`;
}
