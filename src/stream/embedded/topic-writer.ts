import type { Effects } from '../../base/effects.ts';
import type { KeyRing } from '../../base/key-ring.ts';
import type { Sqlite } from '../../base/sqlite.ts';
import { type AppendQueue, appendQueue, type PendingUnit } from '../append-queue.ts';
import type { FindErasedIds } from '../erased-ids.ts';
import type { AppendRequest, AppendResult } from '../stream.ts';
import { answerUnit } from './append-answer.ts';
import { type KnownErased, type PreparedUnit, prepareUnit, sealedUnit, writtenUnit } from './append-unit.ts';
import { commitUnits, countResent, erasuresOf } from './index-commit.ts';
import { type OpenSegment, openSegment } from './segment-writer.ts';
import { runsWithin, sourceId } from './source-runs.ts';

export interface TopicWriterSettings {
  readonly directory: string;
  readonly partitions: number;
  /** A segment that has grown past this takes no more. */
  readonly segmentBytes: number;
  /** Seals new segments; without it they are plain. */
  readonly ring?: KeyRing | undefined;
  readonly erasedIds?: FindErasedIds | undefined;
  /** Called after each commit. */
  readonly onCommit: () => void;
}

interface PreparedPending {
  readonly pending: PendingUnit;
  readonly prepared: PreparedUnit;
}

/**
 * Appends to one topic. Requests that wait while a group is on its way to the disk form the next group: one write, one
 * fdatasync and one index transaction for all of them. The next group is divided and compressed meanwhile.
 */
export class TopicWriter {
  readonly #settings: TopicWriterSettings;
  readonly #index: Sqlite;
  readonly #effects: Effects;
  readonly #queue: AppendQueue = appendQueue();
  #segment: OpenSegment | undefined;
  #pumping: Promise<void> | undefined;

  constructor(settings: TopicWriterSettings, index: Sqlite, effects: Effects) {
    this.#settings = settings;
    this.#index = index;
    this.#effects = effects;
  }

  append(request: AppendRequest): Promise<AppendResult> {
    const result = this.#queue.push(request);
    this.#pumping ??= this.#pump().finally(() => {
      this.#pumping = undefined;
    });
    return result;
  }

  /** Waits for what is under way, then gives the segment up. */
  async close(): Promise<void> {
    await this.#pumping;
    await this.#segment?.seal();
    this.#segment = undefined;
  }

  async #pump(): Promise<void> {
    let committing: Promise<void> = Promise.resolve();
    for (;;) {
      const group = this.#queue.takeGroup();
      if (group.length === 0) {
        await committing;
        if (this.#queue.empty) return;
        continue;
      }
      const prepared = await this.#prepareGroup(group);
      await committing;
      const ready: PreparedPending[] = [];
      prepared.forEach((outcome, at) => {
        if (outcome.status === 'fulfilled') ready.push(outcome.value);
        else this.#queue.fail(group.slice(at, at + 1), outcome.reason);
      });
      committing = this.#commit(ready);
    }
  }

  async #prepareGroup(group: readonly PendingUnit[]): Promise<PromiseSettledResult<PreparedPending>[]> {
    try {
      // In this order: who is erased after the count was read makes the commit notice.
      const erasures = erasuresOf(this.#index);
      const known = { erasures, ids: await this.#settings.erasedIds?.() };
      return await Promise.allSettled(group.map((pending) => this.#prepare(pending, known)));
    } catch (reason) {
      return group.map(() => ({ status: 'rejected', reason }));
    }
  }

  async #prepare(pending: PendingUnit, known: KnownErased): Promise<PreparedPending> {
    const { unit } = pending;
    const source = sourceId(this.#index, unit.source);
    const last = unit.firstSequence + BigInt(unit.batch.count) - 1n;
    const logged = source === undefined ? [] : runsWithin(this.#index, source, { first: unit.firstSequence, last });
    return { pending, prepared: await prepareUnit(unit, logged, this.#settings.partitions, known) };
  }

  /** Writes a group and settles its requests. Never rejects: a failure belongs to the requests. */
  async #commit(group: readonly PreparedPending[]): Promise<void> {
    const current = group.filter(({ pending }) => this.#queue.admit(pending));
    let bases: readonly (readonly bigint[] | undefined)[];
    try {
      bases = await this.#writeGroup(current.map(({ prepared }) => prepared));
    } catch (error) {
      await this.#abandonSegment();
      const failed = current.map(({ pending }) => pending);
      this.#queue.fail(failed, error);
      return;
    }
    const settled = current.map(async ({ pending, prepared }, at) => {
      const own = bases[at];
      if (own === undefined) this.#queue.putBack(pending);
      else
        await answerUnit(prepared, own, this.#settings, this.#index, this.#effects).then(
          pending.resolve,
          pending.reject,
        );
    });
    await Promise.all(settled);
  }

  async #writeGroup(units: readonly PreparedUnit[]): Promise<readonly (readonly bigint[] | undefined)[]> {
    if (units.every(({ frames }) => frames.length === 0)) {
      countResent(this.#index, units);
      return units.map(() => []);
    }
    for (;;) {
      const segment = await this.#roomySegment();
      const { key } = segment;
      const sealed = key === undefined ? units : units.map((unit) => sealedUnit(unit, key));
      await segment.write(sealed.flatMap(({ frames }) => frames.flatMap((frame) => frame.parts)));
      await this.#effects.reached('stream.segment-written');
      let offset = segment.sizeBytes;
      const written = sealed.map((unit) => {
        const begin = offset;
        offset += unit.frames.reduce((sum, frame) => sum + frame.storedBytes, 0);
        return writtenUnit(unit, begin);
      });
      const outcome = commitUnits(this.#index, segment.id, offset, written, this.#effects.clock.now());
      if (outcome.kind === 'segment-sealed') {
        await this.#abandonSegment();
        continue;
      }
      segment.keep(offset);
      await this.#effects.reached('stream.indexed');
      this.#settings.onCommit();
      return outcome.bases;
    }
  }

  async #roomySegment(): Promise<OpenSegment> {
    if (this.#segment !== undefined && this.#segment.sizeBytes >= this.#settings.segmentBytes) {
      const full = this.#segment;
      this.#segment = undefined;
      await full.seal();
    }
    this.#segment ??= await openSegment(this.#settings.directory, this.#index, this.#settings.ring, this.#effects);
    return this.#segment;
  }
  async #abandonSegment(): Promise<void> {
    const segment = this.#segment;
    this.#segment = undefined;
    await segment?.abandon();
  }
}
