import { isDeepStrictEqual } from 'node:util';
import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { TopicState } from '../stream/stream.ts';
import { snapshot, type TableSnapshot } from '../table/snapshot.ts';
import { deliverySeries, type EndPositions, endPositions } from './hot-positions.ts';
import type { HotSource } from './hot-rows.ts';
import { type HotTail, openHotTail } from './hot-tail.ts';
import type { HotPart } from './read-tables.ts';

export interface FreshOptions {
  /** Everything that is committed is read from its objects, though the log's records of it are at hand. */
  readonly committedCold: boolean;
  /** Keeps the files until it is disposed of. */
  readonly held: AsyncDisposableStack;
}

/** Landing tables hot and cold, with what is kept of their logs between queries. */
export interface FreshParts {
  /** PH_SQL_UNSUPPORTED where only the delivery can tell how records land; and what reading the log throws. */
  part(source: HotSource, lake: ObjectStore, options: FreshOptions): Promise<HotPart>;
  close(): Promise<void>;
}

/** Of one delivery's table, between queries. */
interface FreshTable {
  readonly tail: HotTail;
  /** Where the log takes over from objects: a snapshot taken before, or the last. */
  base?: { readonly objects: TableSnapshot['objects']; readonly from: EndPositions };
  last?: TableSnapshot;
  /** One snapshot is taken after the other: their positions only rise then. */
  turn: Promise<unknown>;
}

export function openFreshParts(catalog: Catalog, effects: Effects): FreshParts {
  const tables = new Map<string, FreshTable>();
  return {
    part: async (source, lake, options) => {
      const reason = notReadHot(source);
      if (reason !== undefined)
        throw new PlayheadError('PH_SQL_UNSUPPORTED', `--fresh: ${reason}`, {
          hint: 'Query without --fresh: rows appear with the next delivery.',
        });
      const { address } = source.subject;
      const table = tables.get(address) ?? { tail: openHotTail(effects), turn: Promise.resolve() };
      tables.set(address, table);
      const mine = table.turn.then(() => freshPart(source, table, { catalog, lake }, options, effects));
      table.turn = mine.catch(() => undefined);
      return mine;
    },
    close: async () => {
      for (const { tail } of tables.values()) await tail.close();
    },
  };
}

/** Why the log's records can't be read as the delivery would land them. */
function notReadHot({ subject, table }: HotSource): string | undefined {
  if (subject.definition.partitionKeys !== undefined)
    return `the partitions of ${subject.address} are made from its records`;
  return table.format === 'json'
    ? undefined
    : `${subject.address} holds records against their type when it lands them as ${table.format}`;
}

/**
 * A landing table hot and cold in one snapshot. The high-water marks are read first, so that all that was appended
 * before the query is in it; then the commits that the catalog knows, with their objects; then the log from where
 * those commits end. A delivery that commits meanwhile moves nothing: its rows are in the log part, and only there.
 *
 * What was committed since an earlier query is read on from the log's records, which are at hand, and not from its
 * objects: each of them would have to be unpacked for every query. So it goes while nothing else became of the table.
 */
async function freshPart(
  source: HotSource,
  table: FreshTable,
  ports: { readonly catalog: Catalog; readonly lake: ObjectStore },
  { committedCold, held }: FreshOptions,
  effects: Effects,
): Promise<HotPart> {
  const { tail, base, last } = table;
  const topic = await source.stream.describe(source.subject.stream.topic);
  const { taken, series } = await takeSnapshot(source, ports, effects);
  if (topic === undefined) return { objects: taken.objects, files: [] };
  const isSameLog = await tail.isOf(source, topic);
  const goesOn =
    isSameLog &&
    !committedCold &&
    !tail.isFull &&
    base !== undefined &&
    isThere(topic, base.from) &&
    last !== undefined &&
    onlyDelivered(last, taken, series);
  const { objects, from } = goesOn
    ? base
    : { objects: taken.objects, from: await endPositions(ports.lake, series, taken.commits, effects) };
  table.base = { objects, from };
  table.last = taken;
  await effects.reached('query.snapshot');
  return { objects, files: await tail.files(source, topic, from, held) };
}

/**
 * A snapshot and the series that it is of. A delivery that begins series meanwhile (other lanes, a new epoch) has it
 * taken again: what they delivered would be in the objects, and in the log part too.
 */
async function takeSnapshot(
  { subject, table }: HotSource,
  { catalog, lake }: { readonly catalog: Catalog; readonly lake: ObjectStore },
  effects: Effects,
): Promise<{ readonly taken: TableSnapshot; readonly series: readonly string[] }> {
  let series = await deliverySeries(lake, subject.address, effects);
  for (;;) {
    await effects.reached('query.series');
    const taken = await snapshot(catalog, table.database, table.name, { series });
    const now = await deliverySeries(lake, subject.address, effects);
    if (isDeepStrictEqual(now, series)) return { taken, series };
    series = now;
  }
}

/** False where the log let go of records after those positions. */
function isThere({ state }: TopicState, from: EndPositions): boolean {
  return state.every(({ partition, start }) => start <= (from.get(partition) ?? start));
}

/** Whether all that became of a table since is commits of these series: their records are in the log. */
function onlyDelivered(before: TableSnapshot, now: TableSnapshot, series: readonly string[]): boolean {
  const known = new Map(before.objects.map(({ key, etag }) => [key, etag]));
  let found = 0;
  for (const object of now.objects) {
    if (known.get(object.key) === object.etag) found += 1;
    else if (!series.includes(object.series) || object.commit <= (before.commits.get(object.series) ?? -1))
      return false;
  }
  return found === known.size;
}
