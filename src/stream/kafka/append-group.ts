import type { Effects } from '../../base/effects.ts';
import type { PendingUnit } from '../append-queue.ts';
import type { ErasedIds, FindErasedIds } from '../erased-ids.ts';
import { type AppendPlan, type KnownSource, type PlanSettings, planAppend } from './append-plan.ts';

export interface GroupSettings extends PlanSettings {
  readonly erasedIds: FindErasedIds | undefined;
}

/** A plan, and what it was made from: as long as that is so, it holds. */
interface MadePlan {
  readonly known: KnownSource;
  readonly ids: ErasedIds | undefined;
  readonly plan: AppendPlan;
}

/** What goes into one transaction. Its plan may be made while the one before is under way. */
export class AppendGroup {
  readonly pending: readonly PendingUnit[];
  readonly #settings: GroupSettings;
  readonly #effects: Effects;
  #ahead: Promise<MadePlan | undefined> = Promise.resolve(undefined);

  constructor(pending: readonly PendingUnit[], settings: GroupSettings, effects: Effects) {
    this.pending = pending;
    this.#settings = settings;
    this.#effects = effects;
  }

  planAhead(known: KnownSource): void {
    // Why it can't be planned, it says when its turn has come.
    this.#ahead = this.#make(known).catch(() => undefined);
  }

  /** The plan that was made ahead, unless what it was made from has changed since. */
  async plan(known: KnownSource): Promise<AppendPlan> {
    const ahead = await this.#ahead;
    if (ahead?.known === known && ahead.ids === (await this.#settings.erasedIds?.())) return ahead.plan;
    return (await this.#make(known)).plan;
  }

  async #make(known: KnownSource): Promise<MadePlan> {
    const { clock, random } = this.#effects;
    const ids = await this.#settings.erasedIds?.();
    const commit = `${random.uint32().toString(36)}${random.uint32().toString(36)}`;
    const units = this.pending.map(({ unit }) => unit);
    return { known, ids, plan: await planAppend(units, known, ids, this.#settings, commit, clock.now()) };
  }
}
