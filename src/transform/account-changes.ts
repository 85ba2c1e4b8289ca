import type { JobCommit } from './job-plan.ts';

const figures = ['read', 'written', 'quarantined', 'deduplicated', 'superseded', 'replaced', 'rows'] as const;
type Figure = (typeof figures)[number];
type Change = Partial<Record<Figure, number>>;

/** What is to be added to the figures of a job's commit: gathered first, so that each of its lines is made anew once. */
export class AccountChanges {
  readonly #inputs = new Map<string, Change>();
  readonly #partitions = new Map<string, Change>();
  readonly #total: Change = {};

  /** Of an input object, by its key, and of the commit as a whole. */
  addToInput(key: string, figure: Figure, by: number): void {
    add(changeOf(this.#inputs, key), figure, by);
    this.addToTotal(figure, by);
  }

  /** Of a partition, by its values with slashes between; nothing of rows that no partition could be told of. */
  addToPartition(path: string | undefined, figure: Figure, by: number): void {
    if (path !== undefined) add(changeOf(this.#partitions, path), figure, by);
  }

  addToTotal(figure: Figure, by: number): void {
    add(this.#total, figure, by);
  }

  /** The commit with all of it added. */
  appliedTo(commit: JobCommit): JobCommit {
    return {
      ...commit,
      inputs: commit.inputs.map((input) => changed(input, this.#inputs.get(input.key))),
      partitions: commit.partitions.map((line) => changed(line, this.#partitions.get(line.values.join('/')))),
      total: changed(commit.total, this.#total),
    };
  }
}

function changeOf(changes: Map<string, Change>, at: string): Change {
  const change = changes.get(at) ?? {};
  changes.set(at, change);
  return change;
}

function add(change: Change, figure: Figure, by: number): void {
  change[figure] = (change[figure] ?? 0) + by;
}

/** Figures that do not change are not written where they were absent. */
function changed<T extends Change>(line: T, change: Change = {}): T {
  const next: Change = {};
  for (const figure of figures) {
    const by = change[figure] ?? 0;
    if (by !== 0) next[figure] = (line[figure] ?? 0) + by;
  }
  return { ...line, ...next };
}
