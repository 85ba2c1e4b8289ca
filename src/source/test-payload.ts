import { PlayheadError } from '../base/errors.ts';
import type { ProducedBatch } from '../record/batch.ts';
import { sliceProduced } from '../record/batch-slice.ts';
import type { Stream } from '../stream/stream.ts';
import type { LoadedTitle, LoadedViewer, ReferenceData } from './data-loader.ts';
import type { SessionsSource } from './definition.ts';
import { checkReference, type Reference, titlePoolNames, viewerPoolNames } from './sessions/reference.ts';
import { hash2 } from './sessions/session-random.ts';
import { SessionSource, slotMs } from './sessions/session-source.ts';

/** Number of records that `{"test": true, "batch_size": N}` asks for. PH_USAGE for anything else. */
export function parseTestPayload(payload: unknown): number {
  const { test, batch_size: size } = (payload ?? {}) as { test?: unknown; batch_size?: unknown };
  if (test === true && typeof size === 'number' && Number.isInteger(size) && size > 0) return size;
  throw new PlayheadError('PH_USAGE', `${JSON.stringify(payload)} is no test payload`, {
    hint: 'It reads {"test": true, "batch_size": 100}.',
  });
}

/** The loader's choice as the simulator takes it. */
export function referenceOf({ titles, viewers }: ReferenceData): Reference {
  const chosen: LoadedTitle[] = titlePoolNames.flatMap((pool) => titles[pool]);
  chosen.sort((a, b) => a.rank - b.rank);
  const genreNames = [...new Set(chosen.map(({ genre }) => genre))].sort();
  const watching: (LoadedViewer & { readonly pool: number })[] = viewerPoolNames.flatMap((name, pool) =>
    viewers[name].map((viewer) => ({ ...viewer, pool })),
  );
  return checkReference({
    titles: {
      count: chosen.length,
      ids: chosen.map(({ id }) => id),
      types: chosen.map(({ type }) => type),
      genres: chosen.map(({ genre }) => genre),
      genreNames,
      seconds: Int32Array.from(chosen, ({ durationMinutes }) => durationMinutes * 60),
      ranks: Int32Array.from(chosen, (_, rank) => rank),
      columns: columnsOf(chosen),
    },
    viewers: {
      count: watching.length,
      ids: watching.map(({ id }) => id),
      tiers: watching.map(({ tier }) => tier),
      countries: watching.map(({ country }) => country),
      timezones: watching.map(({ timezone }) => timezone),
      pools: Uint8Array.from(watching, ({ pool }) => pool),
      preferredGenres: Int32Array.from(watching, ({ preferredGenres }) =>
        preferredGenres.reduce((mask, genre) => {
          const bit = genreNames.indexOf(genre);
          return bit === -1 ? mask : mask | (1 << bit);
        }, 0),
      ),
      columns: columnsOf(watching),
    },
  });
}

function columnsOf(rows: readonly { readonly columns: Readonly<Record<string, string>> }[]): Record<string, string[]> {
  const names = Object.keys(rows[0]?.columns ?? {});
  return Object.fromEntries(names.map((name) => [name, rows.map(({ columns }) => columns[name] ?? '')]));
}

export interface TestPayload {
  /** Address of the sessions source. */
  readonly address: string;
  readonly definition: SessionsSource;
  readonly key?: string;
  readonly batchSize: number;
  /** The records are the last that arrived by then. */
  readonly nowMs: number;
}

const dayMs = 86_400_000;

/**
 * Sends a small batch of records with real ids, of the sessions of the last hours. Each call is a simulation and a source
 * of its own: its ids are met nowhere else. PH_USAGE for more records than a day holds.
 */
export async function produceTestPayload(
  payload: TestPayload,
  data: ReferenceData,
  stream: Stream,
  topic: string,
): Promise<{ readonly logged: number; readonly source: string }> {
  const { definition, batchSize, nowMs, address, key } = payload;
  const seed = hash2(hash2(definition.seed, Math.floor(nowMs / 1000)), nowMs % 1000) >>> 0;
  const reference = referenceOf(data);
  // A choice of the households watches its part of what all of them watch: fewer, but not for less time.
  const eventsPerDay = Math.max(definition.eventsPerDay / 100, reference.viewers.count * 20);
  const source = new SessionSource(
    { address, definition: { ...definition, seed, eventsPerDay }, ...(key === undefined ? {} : { key }) },
    reference,
  );
  const batches = lastBatches(source, batchSize, nowMs, eventsPerDay);
  const name = `${address}/test/${new Date(nowMs).toISOString()}-${seed.toString(16)}`;
  let logged = 0;
  for (const batch of batches) {
    const result = await stream.append({ topic, source: name, firstSequence: BigInt(logged), batch });
    logged += batch.count;
    if (result.resent > 0) throw new PlayheadError('PH_INTERNAL', `the test source ${name} was there before`);
  }
  return { logged, source: name };
}

/** The last so many records that arrived by an instant, in order. */
function lastBatches(source: SessionSource, wanted: number, nowMs: number, eventsPerDay: number): ProducedBatch[] {
  const batches: ProducedBatch[] = [];
  let found = 0;
  let reachMs = Math.max(2 * slotMs, (wanted / eventsPerDay) * dayMs * 2);
  for (;;) {
    batches.length = 0;
    found = 0;
    const fromMs = Math.floor((nowMs - Math.min(reachMs, dayMs - slotMs)) / slotMs) * slotMs;
    for (let slot = fromMs; slot <= nowMs; slot += slotMs) {
      for (const { batch } of source.slot(slot)) {
        let end = batch.count;
        while (end > 0 && (batch.arrivalMs[end - 1] ?? 0) > nowMs) end -= 1;
        if (end > 0) batches.push(sliceProduced(batch, 0, end));
        found += end;
      }
    }
    if (found >= wanted) break;
    if (reachMs >= dayMs)
      throw new PlayheadError('PH_USAGE', `a batch of ${wanted} test records: a day of them has only ${found}`);
    reachMs *= 2;
  }
  for (let surplus = found - wanted; surplus > 0; ) {
    const first = batches[0];
    if (first === undefined) break;
    if (first.count <= surplus) batches.shift();
    else batches[0] = sliceProduced(first, surplus, first.count);
    surplus -= Math.min(surplus, first.count);
  }
  return batches;
}
