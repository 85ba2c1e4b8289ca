import { appendQueue, type PendingUnit, type UnitAnswer } from '../append-queue.ts';
import type { FindErasedIds } from '../erased-ids.ts';
import type { AppendRequest, AppendResult } from '../stream.ts';
import { type AppendPlan, type PlanSettings, planAppend } from './append-plan.ts';
import type { KafkaLog } from './log.ts';
import type { Compression } from './settings.ts';
import type { SourceIndex, SourceState } from './source-index.ts';
import { TransactionalProducer, transactionalId, whyTakenOverAnew } from './transactional-producer.ts';

export interface WriterSettings extends PlanSettings {
  readonly compression: Compression;
  readonly erasedIds: FindErasedIds | undefined;
}

/**
 * Appends of one source to one topic. What comes while a transaction is under way goes into the next one together. After
 * any failure whose outcome is not known the source is taken over anew, which ends the transaction one way or the other, and
 * the index then says whether it was committed: nothing is lost, and nothing is appended twice.
 */
export class SourceWriter {
  readonly #log: KafkaLog;
  readonly #source: string;
  readonly #settings: WriterSettings;
  readonly #index: SourceIndex;
  readonly #queue = appendQueue();
  #running: Promise<void> | undefined;
  #producer: TransactionalProducer | undefined;
  /** Nothing was committed for the source that its producer's plans don't know of. */
  #isPlannedOnAll = false;
  /** An append that was sent whole, and whose commit was not answered. */
  #doubtful: { readonly plan: AppendPlan; readonly offsets: readonly (readonly bigint[])[] } | undefined;

  constructor(log: KafkaLog, source: string, settings: WriterSettings, index: SourceIndex) {
    this.#log = log;
    this.#source = source;
    this.#settings = settings;
    this.#index = index;
  }

  append(request: AppendRequest): Promise<AppendResult> {
    const appended = this.#queue.push(request);
    this.#running ??= this.#run();
    return appended;
  }

  /** Resolves when nothing is under way. */
  async close(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (!this.#queue.empty) {
        // Appends of the same turn of the event loop go together.
        await Promise.resolve();
        const group = this.#queue.takeGroup();
        try {
          const answers = await this.#commit(group);
          for (const [at, pending] of group.entries()) {
            const answer = answers[at];
            if (answer !== undefined) pending.resolve(answer);
          }
        } catch (error) {
          this.#queue.fail(group, error);
        }
      }
    } finally {
      // In the same turn in which the queue was seen empty: what is pushed after it starts the next run.
      this.#running = undefined;
    }
  }

  async #commit(group: readonly PendingUnit[]): Promise<readonly UnitAnswer[]> {
    const { cluster } = this.#log;
    // What is in doubt of a group before, whose callers were told that it failed, answers nothing of this one.
    this.#doubtful = undefined;
    return cluster.patiently(`appending to ${this.#settings.topic}`, async () => {
      try {
        return await this.#attempt(group);
      } catch (failure) {
        await this.#giveUp();
        const why = whyTakenOverAnew(failure);
        if (why === undefined) throw failure;
        // Not as its cause: that names a refusal, and the source that is taken over anew may well be appended to.
        throw new cluster.sdk.NetworkError(why);
      }
    });
  }

  async #attempt(group: readonly PendingUnit[]): Promise<readonly UnitAnswer[]> {
    const { effects } = this.#log.cluster;
    const producer = await this.#own();
    const committed = this.#doubtful;
    this.#doubtful = undefined;
    if (committed !== undefined && this.#index.stateOf(this.#source)?.commit === committed.plan.commit)
      return committed.plan.answers(committed.offsets);
    const known = { state: this.#index.stateOf(this.#source), hours: this.#index.hoursOf(this.#source) };
    const ids = await this.#settings.erasedIds?.();
    const commit = `${effects.random.uint32().toString(36)}${effects.random.uint32().toString(36)}`;
    const units = group.map(({ unit }) => unit);
    const plan = await planAppend(units, known, ids, this.#settings, commit, effects.clock.now());
    const { topic: name, topicId: id, compression } = this.#settings;
    const offsets = await producer.produce(plan.sends, compression, [{ name, id }, ...this.#index.readFrom]);
    await this.#checkPlannedOnAll(plan, offsets, known.state);
    this.#doubtful = { plan, offsets };
    await producer.commit(plan.sends, offsets);
    this.#doubtful = undefined;
    // The append is certain. Where the index can't be read now, whoever takes the source over next reads it before anything else.
    await this.#index.refresh().catch(() => {});
    if (this.#index.stateOf(this.#source)?.commit !== commit) this.#producer = undefined;
    return plan.answers(offsets);
  }

  /**
   * The first append after a takeover was planned by what the index's leader knew. All that was ever committed for the source
   * stands before the record that the append has put there: where the plan did not know of it, it is not to count.
   */
  async #checkPlannedOnAll(
    { sends }: AppendPlan,
    offsets: readonly (readonly bigint[])[],
    known: SourceState | undefined,
  ): Promise<void> {
    if (this.#isPlannedOnAll) return;
    const { cluster } = this.#log;
    // The index comes last.
    await this.#index.refresh(offsets[sends.length - 1]?.at(-1));
    if (this.#index.stateOf(this.#source)?.commit !== known?.commit)
      throw new cluster.sdk.NetworkError(
        `${this.#source} was appended to before, as its index's leader has said too late`,
      );
    this.#isPlannedOnAll = true;
  }

  /** The source's producer, and an index that has all that was appended for it. */
  async #own(): Promise<TransactionalProducer> {
    if (this.#producer !== undefined) return this.#producer;
    const id = transactionalId(this.#settings.topicId, this.#source);
    this.#isPlannedOnAll = false;
    const producer = await TransactionalProducer.takeOver(this.#log, id);
    await this.#index.refresh();
    this.#producer = producer;
    return producer;
  }

  async #giveUp(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    // What can't be aborted now is by whoever takes over next, or by the broker in time.
    if (this.#doubtful === undefined) await producer?.abort().catch(() => {});
  }
}
