import { createHash } from 'node:crypto';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import type { Lease } from '../../commit/held-lease.ts';
import type { CommitSeries } from '../../commit/series.ts';
import { type ObjectInfo, type ObjectStore, readAll } from '../../lake/object-store.ts';
import type { Execution, PagePlan, RestCommit } from './series.ts';

/** The commit series of a source in the hands of the one process that works on it. */
export class PageWriter {
  readonly #series: CommitSeries<PagePlan, RestCommit>;
  readonly #store: ObjectStore;
  readonly #lease: Lease;
  readonly #effects: Effects;
  #next = 0;
  #last: RestCommit | undefined;

  constructor(series: CommitSeries<PagePlan, RestCommit>, store: ObjectStore, lease: Lease, effects: Effects) {
    this.#series = series;
    this.#store = store;
    this.#lease = lease;
    this.#effects = effects;
  }

  /** The last commit; undefined before the first. */
  get last(): RestCommit | undefined {
    return this.#last;
  }

  /** Finds the head, and settles the page that a process died with: its object is there, or it is asked for again. */
  async begin(): Promise<void> {
    const { next, last, pendingPlan } = await this.#series.head();
    this.#next = next;
    this.#last = last;
    if (pendingPlan === undefined) return;
    const stored = await this.#stored(pendingPlan);
    const { execution, key } = pendingPlan;
    await this.#commit(
      stored === undefined
        ? { kind: 'abandoned', execution, key }
        : { kind: 'page', execution, plan: pendingPlan, etag: stored.etag },
    );
  }

  /** Puts a page's object and commits it. PH_OBJECT_EXISTS where another content lies there: what was kept is never written over. */
  async take(plan: PagePlan, line: Uint8Array): Promise<void> {
    const { adopted } = await this.#series.plan(this.#next, plan);
    if (adopted) throw this.#overtaken();
    await this.#effects.reached('rest.planned');
    await this.#lease.renew();
    const { etag } = await this.#store.put(plan.key, line, { ifNoneMatch: '*' });
    await this.#effects.reached('rest.object');
    await this.#commit({ kind: 'page', execution: plan.execution, plan, etag });
    await this.#effects.reached('rest.committed');
  }

  async end(execution: Execution): Promise<void> {
    await this.#lease.renew();
    await this.#commit({ kind: 'end', execution });
  }

  async #commit(made: DistributiveOmit<RestCommit, 'format' | 'committedAtMs'>): Promise<void> {
    const commit: RestCommit = { format: 1, committedAtMs: this.#effects.clock.now(), ...made };
    const { adopted } = await this.#series.commit(this.#next, commit);
    if (adopted) throw this.#overtaken();
    this.#last = commit;
    this.#next += 1;
  }

  async #stored({ key, sha256 }: PagePlan): Promise<ObjectInfo | undefined> {
    if ((await this.#store.head(key)) === undefined) return undefined;
    const { info, bytes } = await readAll(this.#store, key);
    return contentHash(bytes) === sha256 ? info : undefined;
  }

  #overtaken(): PlayheadError {
    return new PlayheadError('PH_LEASE_LOST', `another process took over ${this.#series.name}`, {
      hint: 'Nothing is lost: run it again, it goes on where the other one is.',
    });
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export function contentHash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
