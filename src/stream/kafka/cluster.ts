import type * as Sdk from '@platformatic/kafka';
import type { Effects } from '../../base/effects.ts';
import { seconds } from '../../base/units.ts';
import { answered, kafkaFailure, mayPass } from './failure.ts';
import type { KafkaSdk } from './sdk.ts';

export interface Broker {
  readonly host: string;
  readonly port: number;
}

/** A topic as the cluster knows it at this moment. */
export interface TopicMetadata {
  readonly id: string;
  /** The leader of each partition. */
  readonly leaders: readonly Broker[];
}

/**
 * Requests to the brokers of a cluster, over one connection a broker. What may pass (a broker restarts, a leader moves) is
 * tried again with jitter for `patienceMs`; until a first answer came, only for a moment: a wrong address is no restart.
 */
export class Cluster {
  readonly sdk: KafkaSdk;
  readonly effects: Effects;
  readonly #bootstrap: readonly Broker[];
  readonly #names: readonly string[];
  readonly #pool: Sdk.ConnectionPool;
  readonly #patienceMs: number;
  readonly #topics = new Map<string, TopicMetadata>();
  readonly #coordinators = new Map<string, Broker>();
  #answered = false;
  #closed = false;

  constructor(
    sdk: KafkaSdk,
    brokers: readonly string[],
    options: Sdk.ConnectionOptions & { readonly clientId: string; readonly patienceMs: number },
    effects: Effects,
  ) {
    const { clientId, patienceMs, ...connection } = options;
    this.sdk = sdk;
    this.effects = effects;
    this.#names = brokers;
    this.#bootstrap = brokers.map(parseBroker);
    this.#pool = new sdk.ConnectionPool(clientId, connection);
    this.#patienceMs = patienceMs;
  }

  /** The answer of a broker to one request; throws what the client throws. */
  async ask<Args extends unknown[], Answer>(
    broker: Broker,
    api: Sdk.API<Args, Answer>,
    ...args: Args
  ): Promise<Answer> {
    return this.#answer(await this.#pool.get(broker), api, args);
  }

  /** `ask`, of whichever broker is there. */
  async askAny<Args extends unknown[], Answer>(api: Sdk.API<Args, Answer>, ...args: Args): Promise<Answer> {
    return this.#answer(await this.#pool.getFirstAvailable([...this.#bootstrap]), api, args);
  }

  async #answer<Args extends unknown[], Answer>(
    connection: Sdk.Connection,
    api: Sdk.API<Args, Answer>,
    args: Args,
  ): Promise<Answer> {
    const answer = await api.async(connection, ...args);
    this.#answered = true;
    return answer;
  }

  /**
   * Does work until it succeeds, as long as its failures may pass. What is remembered of the cluster is forgotten before
   * each new attempt. Throws a PlayheadError that begins with `doing`.
   */
  async patiently<T>(doing: string, work: (attempt: number) => Promise<T>): Promise<T> {
    const { clock, random } = this.effects;
    const startMs = clock.monotonicMs();
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await work(attempt);
      } catch (failure) {
        const limitMs = this.#answered ? this.#patienceMs : firstPatienceMs;
        if (this.#closed || !mayPass(failure) || clock.monotonicMs() - startMs > limitMs)
          throw kafkaFailure(failure, doing, this.#names, this.#answered);
        this.#topics.clear();
        this.#coordinators.clear();
        const ceilingMs = Math.min(seconds(1), 20 * 2 ** Math.min(attempt, 6));
        await clock.sleep(ceilingMs * (0.5 + random.float() / 2));
      }
    }
  }

  /** Undefined where there is no such topic. */
  async topic(name: string): Promise<TopicMetadata | undefined> {
    const known = this.#topics.get(name);
    if (known !== undefined) return known;
    try {
      const answer = await this.askAny(this.sdk.metadataV12.api, [name], false, false);
      const found = answer.topics.find((topic) => topic.name === name);
      if (found === undefined) return undefined;
      const brokers = new Map(answer.brokers.map((broker) => [broker.nodeId, broker]));
      const leaders = found.partitions
        .toSorted((a, b) => a.partitionIndex - b.partitionIndex)
        .map(({ leaderId, partitionIndex }) => {
          const broker = brokers.get(leaderId);
          if (broker === undefined) throw this.#leaderless(name, partitionIndex);
          return { host: broker.host, port: broker.port };
        });
      const topic = { id: found.topicId, leaders };
      this.#topics.set(name, topic);
      return topic;
    } catch (failure) {
      if (answered(failure, 'UNKNOWN_TOPIC_OR_PARTITION')) return undefined;
      throw failure;
    }
  }

  forgetTopic(name: string): void {
    this.#topics.delete(name);
  }

  async brokerCount(): Promise<number> {
    return (await this.askAny(this.sdk.metadataV12.api, [], false, false)).brokers.length;
  }

  async controller(): Promise<Broker> {
    const { controllerId, brokers } = await this.askAny(this.sdk.metadataV12.api, [], false, false);
    const broker = brokers.find(({ nodeId }) => nodeId === controllerId) ?? brokers[0];
    if (broker === undefined) throw this.#leaderless('the cluster', 0);
    return { host: broker.host, port: broker.port };
  }

  /** The broker that keeps the transactions of this id. */
  async coordinator(transactionalId: string): Promise<Broker> {
    const known = this.#coordinators.get(transactionalId);
    if (known !== undefined) return known;
    const transactions = 1;
    const { coordinators } = await this.askAny(this.sdk.findCoordinatorV4.api, transactions, [transactionalId]);
    const [found] = coordinators;
    if (found === undefined) throw this.#leaderless(transactionalId, 0);
    const broker = { host: found.host, port: found.port };
    this.#coordinators.set(transactionalId, broker);
    return broker;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool.close();
  }

  #leaderless(name: string, partition: number): Error {
    return new this.sdk.NetworkError(`partition ${partition} of ${name} has no leader`, { canRetry: true });
  }
}

/** How long a first answer is waited for: an address that was never right does not become so. */
const firstPatienceMs = seconds(3);

function parseBroker(address: string): Broker {
  const at = address.lastIndexOf(':');
  return at < 0
    ? { host: address, port: 9092 }
    : { host: address.slice(0, at).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(at + 1)) };
}
