import type { Effects, Logger } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import type { TableDefinition } from '../../catalog/definition.ts';
import { readAll } from '../../lake/object-store.ts';
import type { BoundRestSource, RestPorts } from './bound-source.ts';
import type { RestClient } from './client.ts';
import type { RestEndpoint } from './definition.ts';
import { learnFields } from './learn-fields.ts';
import { leaveOutErased } from './leave-out-erased.ts';
import { firstPage, type RestPage, readPage } from './page.ts';
import { type PagePlace, pagePlace } from './page-place.ts';
import type { Execution } from './series.ts';
import { type ShapeJudge, shapeJudge } from './shape-judge.ts';
import { stampedLine } from './stamped-line.ts';
import { contentHash, type PageWriter } from './take-page.ts';

/** What every endpoint of a run works with. */
export interface EndpointTools {
  readonly source: BoundRestSource;
  readonly client: RestClient;
  readonly writer: PageWriter;
  readonly ports: RestPorts;
  readonly execution: Execution;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told of each page that was taken, with its records. */
  onPage(endpoint: string, records: number): void;
}

/** What an execution has of one endpoint. */
export interface EndpointFigures {
  readonly pages: number;
  readonly records: number;
  /** Of the pages, those that an earlier run of the execution had taken. */
  readonly before: number;
  /** There was more than `maxPages`. */
  readonly capped: boolean;
  readonly changes: readonly string[];
}

/**
 * Takes the pages of one endpoint, after those that the execution has already. PH_NOTHING_READ for an endpoint without any
 * record, PH_SOURCE_*, PH_ACCESS_REFUSED, PH_OBJECT_EXISTS, PH_LEASE_LOST, PH_INTERRUPTED.
 */
export async function fetchEndpoint(name: string, tools: EndpointTools, effects: Effects): Promise<EndpointFigures> {
  const fetching = new EndpointFetch(name, tools, effects);
  await fetching.run();
  return fetching.figures();
}

class EndpointFetch {
  readonly #name: string;
  readonly #endpoint: RestEndpoint;
  readonly #table: TableDefinition;
  readonly #tools: EndpointTools;
  readonly #effects: Effects;
  readonly #shape: ShapeJudge;
  readonly #digests = new Map<string, number>();
  readonly #committed = new Map<string, ReadonlySet<string>>();
  #pages = 0;
  #records = 0;
  #before = 0;
  #capped = false;

  constructor(name: string, tools: EndpointTools, effects: Effects) {
    const { definition, targets, name: address } = tools.source;
    const [endpoint, table] = [definition.endpoints[name], targets[name]];
    if (endpoint === undefined || table === undefined)
      throw new PlayheadError('PH_CONFIG_INVALID', `${address} has no endpoint ${name}`);
    this.#name = name;
    this.#endpoint = endpoint;
    this.#table = table;
    this.#tools = tools;
    this.#effects = effects;
    const judged = { name, where: this.#where(), contract: definition.contract };
    this.#shape = shapeJudge(judged, endpoint, table, tools.log);
  }

  figures(): EndpointFigures {
    return {
      pages: this.#pages,
      records: this.#records,
      before: this.#before,
      capped: this.#capped,
      changes: this.#shape.told(),
    };
  }

  async run(): Promise<void> {
    let ask: RestPage['next'] = firstPage(this.#endpoint.pages);
    for (let number = 1; ask !== undefined; number += 1) {
      this.#capped = number > this.#endpoint.maxPages;
      if (this.#capped) return;
      ask = await this.#page(number, ask);
    }
  }

  /** What to ask for next; undefined where the pages end. */
  async #page(number: number, ask: Readonly<Record<string, string>>): Promise<RestPage['next']> {
    const { source, execution, ports } = this.#tools;
    const timeMs = this.#effects.clock.now();
    const place = pagePlace(source.definition, this.#table, { endpoint: this.#name, execution, number, timeMs });
    const { store } = ports;
    const stored = (await store.head(place.key)) === undefined ? undefined : await readAll(store, place.key);
    const body = stored === undefined ? await this.#ask(ask) : Buffer.from(stored.bytes);
    const page = readPage(body, this.#endpoint, number, this.#where());
    // Of a page that was taken, an erasure may have left nothing.
    if (page.records.length === 0 && stored === undefined) {
      // It is not kept: a run that asks again later may get what is missing.
      if (number === 1 && !this.#endpoint.mayBeEmpty) throw this.#nothingRead();
      return undefined;
    }
    if (page.records.length > 0) this.#refuseRepeated(page, number);
    let records = page.records.length;
    if (stored === undefined) records = await this.#take(number, place, page, body);
    else if (await this.#isCommitted(place)) this.#before += 1;
    else throw this.#stray(place.key);
    this.#pages += 1;
    this.#records += records;
    return page.next;
  }

  #ask(parameters: Readonly<Record<string, string>>): Promise<Buffer> {
    const { client, signal } = this.#tools;
    return client.get(this.#endpoint, parameters, signal);
  }

  #refuseRepeated({ digest }: RestPage, number: number): void {
    const earlier = this.#digests.get(digest);
    if (earlier !== undefined)
      throw new PlayheadError(
        'PH_SOURCE_INVALID',
        `${this.#where()}: page ${number} has the same records as page ${earlier}`,
        { hint: 'The source sends pages again: taken as new ones, they would never end.' },
      );
    this.#digests.set(digest, number);
  }

  /** How many records were taken. */
  async #take(number: number, { key, partition, metadata }: PagePlace, page: RestPage, body: Buffer): Promise<number> {
    const { writer, execution, onPage, ports } = this.#tools;
    const changes = this.#shape.judge(page);
    const kept = await leaveOutErased(body, this.#endpoint.records, ports.findErased);
    const { erased } = kept;
    const records = page.records.length - erased;
    const line = stampedLine(kept.body, metadata);
    await writer.take(
      {
        format: 1,
        execution,
        endpoint: this.#name,
        page: number,
        table: `${this.#table.database}.${this.#table.name}`,
        partition,
        key,
        sha256: contentHash(line),
        sizeBytes: line.length,
        records,
        ...(erased === 0 ? {} : { erased }),
        receivedAtMs: this.#effects.clock.now(),
        changes,
      },
      line,
    );
    const evolves = this.#tools.source.definition.contract === 'evolve';
    if (evolves && changes.some(({ change }) => change === 'new field'))
      await learnFields(ports.catalog, this.#table, page.document);
    onPage(this.#name, records);
    return records;
  }

  async #isCommitted({ key, partition }: PagePlace): Promise<boolean> {
    const { catalog } = this.#tools.ports;
    const { database, name } = this.#table;
    const place = partition.join('/');
    let keys = this.#committed.get(place);
    if (keys === undefined) {
      keys = new Set((await catalog.objects(database, name, [partition])).map((object) => object.key));
      this.#committed.set(place, keys);
    }
    return keys.has(key);
  }

  #nothingRead(): PlayheadError {
    return new PlayheadError('PH_NOTHING_READ', `${this.#where()}: the source sent no record at all`, {
      hint: 'Run it again later. An endpoint that may rightly be empty says so: mayBeEmpty.',
    });
  }

  #stray(key: string): PlayheadError {
    return new PlayheadError('PH_OBJECT_EXISTS', `${this.#where()}: ${key} is there, and no commit names it`, {
      hint: 'What was kept is never written over. Move the object away, or run another execution.',
      details: { key },
    });
  }

  #where(): string {
    return `${this.#tools.source.name}, ${this.#name}`;
  }
}
