import { appendQueue } from '../append-queue.ts';
import type { HourCounts } from '../hour-counts.ts';
import type { AppendRequest, AppendResult } from '../stream.ts';
import { AppendGroup, type GroupSettings } from './append-group.ts';
import type { AppendPlan, KnownSource } from './append-plan.ts';
import type { KafkaLog } from './log.ts';
import type { Compression } from './settings.ts';
import type { SourceIndex } from './source-index.ts';
import { TransactionalProducer, transactionalId, whyTakenOverAnew } from './transactional-producer.ts';
import { untilSeen } from './until-seen.ts';

export interface WriterSettings extends GroupSettings {
  readonly compression: Compression;
}

/** So much is planned while the transaction before is under way. Less goes with what comes behind it, in fewer batches. */
const aheadBytes = 4 * 1024 ** 2;

/** An append that is in the log, or may be. */
interface SentPlan {
  readonly plan: AppendPlan;
  readonly offsets: readonly (readonly bigint[])[];
}

/**
 * Appends of one source to one topic. What comes while a transaction is under way goes into the next one together; where it is
 * much, it is encoded and compressed meanwhile. After any failure whose outcome is not known the source is taken over anew, which
 * ends the transaction one way or the other, and the index then says whether it was committed: nothing is lost, and nothing is
 * appended twice.
 */
export class SourceWriter {
  readonly #log: KafkaLog;
  readonly #source: string;
  readonly #settings: WriterSettings;
  readonly #index: SourceIndex;
  readonly #queue = appendQueue();
  #running: Promise<void> | undefined;
  /** Planned already: older than what is in the queue. */
  #next: AppendGroup | undefined;
  /** All that was committed. */
  #answered: Promise<unknown> = Promise.resolve();
  #producer: TransactionalProducer | undefined;
  /** Where the source stands with what is under way; undefined where the index has to tell. */
  #known: KnownSource | undefined;
  /** Of what is committed. */
  #hours = new Map<number, HourCounts>();
  #isUnderWay = false;
  /** Nothing was committed for the source that its producer's plans don't know of. */
  #isPlannedOnAll = false;
  /** An append that was sent whole, and whose commit was not answered. */
  #doubtful: SentPlan | undefined;

  constructor(log: KafkaLog, source: string, settings: WriterSettings, index: SourceIndex) {
    this.#log = log;
    this.#source = source;
    this.#settings = settings;
    this.#index = index;
  }

  append(request: AppendRequest): Promise<AppendResult> {
    const appended = this.#queue.push(request);
    this.#planAhead();
    this.#running ??= this.#run();
    return appended;
  }

  /** Resolves when nothing is under way. */
  async close(): Promise<void> {
    await this.#running;
    await this.#answered;
  }

  async #run(): Promise<void> {
    try {
      while (this.#next !== undefined || !this.#queue.empty) {
        // Appends of the same turn of the event loop go together.
        await Promise.resolve();
        const group = this.#next ?? this.#takeGroup();
        this.#next = undefined;
        try {
          this.#answer(group, await this.#commit(group));
        } catch (error) {
          this.#fail(group, error);
        }
      }
    } finally {
      // In the same turn in which the queue was seen empty: what is pushed after it starts the next run.
      this.#running = undefined;
    }
  }

  #takeGroup(): AppendGroup {
    return new AppendGroup(this.#queue.takeGroup(), this.#settings, this.#log.cluster.effects);
  }

  #planAhead(): void {
    if (!this.#isUnderWay || this.#next !== undefined || this.#known === undefined) return;
    if (this.#queue.sizeBytes < aheadBytes) return;
    this.#next = this.#takeGroup();
    this.#next.planAhead(this.#known);
  }

  /** Behind what failed, the log would hold a source's records after a hole: what was planned to follow it fails too. */
  #fail({ pending }: AppendGroup, error: unknown): void {
    this.#queue.fail(pending, error);
    // Not admitted, as it came before the failure: it is told so.
    for (const unit of this.#next?.pending ?? []) this.#queue.admit(unit);
    this.#next = undefined;
  }

  /** Answers in order, once readers see what was committed; the next transaction does not wait for it. */
  #answer({ pending }: AppendGroup, { plan, offsets }: SentPlan): void {
    const { cluster } = this.#log;
    const last = plan.sends.map((send, at) => ({ ...send, offset: offsets[at]?.at(-1) ?? -1n }));
    const seen = cluster.patiently(`looking at ${this.#settings.topic}`, () => untilSeen(this.#log, last));
    // Where that can't be seen, it is certain all the same.
    this.#answered = Promise.allSettled([this.#answered, seen]).then(() => {
      for (const [at, answer] of plan.answers(offsets).entries()) pending[at]?.resolve(answer);
    });
  }

  async #commit(group: AppendGroup): Promise<SentPlan> {
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
      } finally {
        this.#isUnderWay = false;
      }
    });
  }

  async #attempt(group: AppendGroup): Promise<SentPlan> {
    const { producer, known } = await this.#own();
    const committed = this.#doubtful;
    this.#doubtful = undefined;
    if (committed !== undefined && known.state?.commit === committed.plan.state.commit) return committed;
    const plan = await group.plan(known);
    this.#known = { state: plan.state, countsOf: (hour) => plan.hours.get(hour) ?? this.#hours.get(hour) };
    this.#isUnderWay = true;
    this.#planAhead();
    const { topic: name, topicId: id, compression } = this.#settings;
    const offsets = await producer.produce(plan.sends, compression, [{ name, id }, ...this.#index.readFrom]);
    await this.#checkPlannedOnAll(offsets, known);
    const sent = { plan, offsets };
    this.#doubtful = sent;
    await producer.commit();
    this.#doubtful = undefined;
    for (const [hour, counts] of plan.hours) this.#hours.set(hour, counts);
    return sent;
  }

  /**
   * The first append after a takeover was planned by what the index's leader knew. All that was ever committed for the source
   * stands before the record that the append has put there: where the plan did not know of it, it is not to count.
   */
  async #checkPlannedOnAll(offsets: SentPlan['offsets'], { state }: KnownSource): Promise<void> {
    if (this.#isPlannedOnAll) return;
    const { cluster } = this.#log;
    // The index comes last.
    await this.#index.refresh(offsets.at(-1)?.at(-1));
    if (this.#index.stateOf(this.#source)?.commit !== state?.commit)
      throw new cluster.sdk.NetworkError(
        `${this.#source} was appended to before, as its index's leader has said too late`,
      );
    this.#isPlannedOnAll = true;
  }

  /** The source's producer, and where the source stands with all that was appended for it. */
  async #own(): Promise<{ readonly producer: TransactionalProducer; readonly known: KnownSource }> {
    if (this.#producer !== undefined && this.#known !== undefined)
      return { producer: this.#producer, known: this.#known };
    const id = transactionalId(this.#settings.topicId, this.#source);
    this.#isPlannedOnAll = false;
    const producer = await TransactionalProducer.takeOver(this.#log, id);
    await this.#index.refresh();
    this.#producer = producer;
    this.#hours = new Map(this.#index.hoursOf(this.#source));
    this.#known = { state: this.#index.stateOf(this.#source), countsOf: (hour) => this.#hours.get(hour) };
    return { producer, known: this.#known };
  }

  async #giveUp(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    this.#known = undefined;
    // What can't be aborted now is by whoever takes over next, or by the broker in time.
    if (this.#doubtful === undefined) await producer?.abort().catch(() => {});
  }
}
