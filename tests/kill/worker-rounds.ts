import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { systemEffects } from '../../src/base/effects.ts';
import { type Random, seededRandom } from '../../src/base/random.ts';
import { contradicted, readDecisions } from '../../src/check/chaos/decisions.ts';
import { openDelivery } from '../../src/delivery/delivery.ts';
import { readDelivery } from '../../src/ledger/delivery-ledger.ts';
import { address, readLanding } from './small-pipeline.ts';
import { trueTicks, writeTicks } from './small-ticks.ts';
import type { WriteClass } from './unconditional-lake.ts';
import { type OpenPlace, openPlace, sharedLanding, type WorkerPlace } from './worker-place.ts';
import { type WorkerOrders, WorkerProcess } from './worker-process.ts';

/** A blow to what the workers share: a broker or a store that is killed and started again, say. */
export type Blow = () => Promise<void>;

const effects = systemEffects();
const stages = 4;
const crews = [1, 2, 4] as const;
const steps = [
  'delivery.planning',
  'delivery.planned',
  'delivery.putting',
  'delivery.object',
  'delivery.committing',
  'delivery.committed',
  'delivery.registered',
  'series.closing',
] as const;
type Step = (typeof steps)[number];

/**
 * One round: stage after stage, one, two or four workers deliver what is produced, over as many lanes as the newest of them asks
 * for. Some are killed at a step, some stand still until the others have delivered all and then go on, some are told to end; a
 * blow may fall meanwhile. Throws unless each record is in the lake exactly once, and the account adds up.
 */
export async function workerRound(seed: number, place: WorkerPlace, blows: readonly Blow[] = []): Promise<void> {
  const random = seededRandom(seed);
  const open = await openPlace(place, effects);
  const crew = new Crew(open, place);
  try {
    await crew.makeTopic();
    let decided = await readDecisions(open.ports.lake);
    for (let stage = 1; stage <= stages; stage += 1) {
      const last = stage === stages;
      const lanes = pick(random, crews);
      const blow = pick(random, [undefined, ...blows]);
      await crew.staff(pick(random, crews), () => ({ lanes, ...(last ? {} : { fate: fateOf(random) }) }));
      await Promise.all([crew.produce(100 + below(random, 200)), blow?.()]);
      await crew.untilDelivered(lanes);
      const now = await readDecisions(open.ports.lake);
      assert.deepEqual(contradicted(decided, now), []);
      decided = now;
      crew.wake();
    }
    await crew.stop();
    await checkDelivered(open, crew.produced);
    assert.deepEqual(contradicted(decided, await readDecisions(open.ports.lake)), []);
  } catch (cause) {
    throw new Error(`round ${seed}`, { cause });
  } finally {
    await crew.kill();
    await open.close();
  }
}

/**
 * One worker stands still at a step until another has taken its lanes and delivered all, then goes on alone. Throws as
 * `workerRound` does.
 */
export async function zombieRound(step: Step, place: WorkerPlace, ignored?: WriteClass): Promise<void> {
  const open = await openPlace(place, effects);
  const crew = new Crew(open, place);
  const lanes = 2;
  try {
    await crew.makeTopic();
    const zombie = {
      fate: { step, nth: 1, signal: 'SIGSTOP' },
      ...(ignored === undefined ? {} : { ignored }),
    } as const;
    await crew.staff(1, () => ({ lanes, ...zombie }));
    await crew.produce(200);
    await crew.untilDelivered(lanes);
    assert.ok(crew.hasZombie, `the worker comes to ${step}`);
    // The other goes, so that what the zombie does stays to be seen.
    await crew.staff(0, () => ({ lanes }));
    const decided = await readDecisions(open.ports.lake);
    crew.wake();
    await crew.produce(200);
    await crew.untilDelivered(lanes);
    assert.deepEqual(contradicted(decided, await readDecisions(open.ports.lake)), []);
    await crew.stop();
    assert.deepEqual(contradicted(decided, await readDecisions(open.ports.lake)), []);
    await checkDelivered(open, crew.produced);
  } finally {
    await crew.kill();
    await open.close();
  }
}

/** The workers of a round, and their source. */
class Crew {
  produced = 0;
  readonly #open: OpenPlace;
  readonly #place: WorkerPlace;
  readonly #news = new EventEmitter();
  #workers: WorkerProcess[] = [];

  constructor(open: OpenPlace, place: WorkerPlace) {
    this.#open = open;
    this.#place = place;
  }

  /** Tells workers to end or starts new ones until so many work, and waits until they do. */
  async staff(count: number, orders: () => Omit<WorkerOrders, 'place'>): Promise<void> {
    const working = this.#workers.filter(({ works }) => works);
    for (const worker of working.slice(count)) await worker.stop();
    for (let more = working.length; more < count; more += 1) this.#start(orders());
    await Promise.all(this.#workers.map(({ ready }) => ready));
  }

  #start(orders: Omit<WorkerOrders, 'place'>): void {
    this.#workers.push(new WorkerProcess({ ...orders, place: this.#place }, () => this.#news.emit('news')));
  }

  async makeTopic(): Promise<void> {
    const { topic, partitions, retentionMs, cleanup } = sharedLanding(this.#place, 1).stream;
    await this.#open.ports.stream.ensureTopic({ topic, partitions, retentionMs, cleanup });
  }

  async produce(count: number): Promise<void> {
    this.produced += count;
    await writeTicks(this.#open.ports.stream, this.produced, sharedLanding(this.#place, 1).stream.topic);
  }

  /** Until nothing is left to deliver. Where none works any more, one more does, and comes to no harm. */
  async untilDelivered(lanes: number): Promise<void> {
    const { ports } = this.#open;
    for (;;) {
      const news = once(this.#news, 'news');
      const state = await openDelivery(sharedLanding(this.#place, lanes), ports, effects).state();
      if (state.pendingRecords === 0 && state.series.length > 0) return;
      if (!this.#workers.some(({ works }) => works)) this.#start({ lanes });
      await news;
    }
  }

  get hasZombie(): boolean {
    return this.#workers.some(({ standsStill }) => standsStill);
  }

  wake(): void {
    for (const worker of this.#workers) worker.wake();
  }

  /** Ends all, and delivers what they left. Throws where one failed by itself. */
  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
    const { ports } = this.#open;
    await openDelivery(sharedLanding(this.#place, 1), ports, effects).drain();
  }

  async kill(): Promise<void> {
    for (const worker of this.#workers) worker.kill();
    await Promise.allSettled(this.#workers.map(({ ended }) => ended));
  }
}

/** Each tick is in one object, sound or broken, of those that commits and catalog name, and the commits' accounts say so. */
async function checkDelivered({ ports }: OpenPlace, produced: number): Promise<void> {
  const truth = trueTicks(produced);
  const linesOf = (broken: boolean): string[] =>
    truth.flatMap((tick) => (tick.broken === broken ? [tick.line] : [])).sort();
  const expected = { sound: linesOf(false), broken: linesOf(true) };
  assert.deepEqual(await readLanding(ports, effects), expected);
  const { figures, faults } = await readDelivery(ports.lake, address, undefined);
  const sums = { logged: produced, delivered: expected.sound.length, errored: expected.broken.length };
  assert.deepEqual({ ...figures, faults }, { ...sums, erased: 0, lost: 0, faults: [] });
}

function fateOf(random: Random): NonNullable<WorkerOrders['fate']> {
  const signal = pick(random, ['SIGKILL', 'SIGSTOP'] as const);
  return { step: pick(random, steps), nth: 1 + below(random, 4), signal };
}

function pick<T>(random: Random, from: readonly T[]): T {
  // `as`: below the length.
  return from[below(random, from.length)] as T;
}

function below(random: Random, limit: number): number {
  return Math.floor(random.float() * limit);
}
