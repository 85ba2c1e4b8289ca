import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tally } from '../pipelines/tally/index.ts';
import { systemEffects } from '../src/base/effects.ts';
import { days } from '../src/base/units.ts';
import { applyDefinitions } from '../src/pipeline/apply/apply.ts';
import { openEngine } from '../src/pipeline/engine/bind.ts';
import { embeddedProfile } from '../src/pipeline/engine/profile.ts';
import { queriesOf } from '../src/pipeline/engine/queries.ts';
import { addressed } from '../src/pipeline/graph/address.ts';
import { engineRunner } from '../src/pipeline/run/handlers.ts';
import { rowsOf } from '../src/testing/table-rows.ts';
import { type ListedPage, landPages } from '../tests/pipelines/tally-pages.ts';
import type { Figure } from './figure.ts';

const lists = ['popular_shows', 'trending_shows', 'airing_today'] as const;
const showsAPage = 200;

/** Silver and gold of so many days of three lists of 200 shows each, and the named queries on them: 1,000 days are 600,000 shows. */
export async function benchShows(daysOf: number): Promise<readonly Figure[]> {
  const home = await mkdtemp(join(tmpdir(), 'playhead-bench-shows-'));
  const effects = systemEffects();
  const engine = openEngine({ pipelines: [tally], profile: embeddedProfile, home }, effects);
  const figures: Figure[] = [];
  const shows = daysOf * lists.length * showsAPage;
  const timed = async (name: string, work: () => Promise<unknown>, mostSeconds?: number): Promise<void> => {
    const startedMs = effects.clock.monotonicMs();
    const cpu = process.cpuUsage();
    await work();
    const seconds = (effects.clock.monotonicMs() - startedMs) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const target = mostSeconds === undefined ? {} : { target: mostSeconds };
    figures.push({ name, value: seconds, unit: 's', better: 'lower', ...target });
    const cpuMicros = (user + system) / shows;
    if (mostSeconds === undefined)
      figures.push({ name: `${name}, CPU a show`, value: cpuMicros, unit: 'µs', better: 'lower' });
  };
  try {
    await applyDefinitions(engine);
    await landPages(engine, listedPages(daysOf));
    const run = await engineRunner({ ...engine, pipelines: [{ ...tally, jobs: { silver: silverOf() } }] });
    const { signal } = new AbortController();
    const job = (address: string) => ({ address, kind: 'job', trigger: 'command', arguments: {} }) as const;
    await timed('silver', () => run(job('tally.silver'), signal));
    const all = await engineRunner(engine);
    for (const gold of ['tally.popularity-trends', 'tally.genre-analytics'])
      await timed(gold, () => all(job(gold), signal));
    const queries = await queriesOf(engine);
    for (const { name, definition } of addressed([tally], 'query'))
      await timed(name, () => rowsOf(queries, definition.sql), 3);
    await queries.close();
    return figures;
  } finally {
    await engine.close();
    await rm(home, { recursive: true, force: true });
  }
}

/** Alone, so that what is downstream of it is timed apart. */
function silverOf(): NonNullable<(typeof tally.jobs)[string]> {
  const { silver } = tally.jobs;
  if (silver === undefined) throw new RangeError('the pipeline has no such job');
  return silver;
}

/** Pages as a sync commits them: the shows of a list change from day to day, their popularity with them. */
function* listedPages(daysOf: number): Generator<ListedPage> {
  for (let day = 0; day < daysOf; day += 1) {
    const date = new Date(Date.UTC(2024, 0, 1) + days(day)).toISOString().slice(0, 10);
    for (const [i, list] of lists.entries()) {
      const results = Array.from({ length: showsAPage }, (_, n) => madeUpShow(i * 100 + n + (day % 50), day));
      yield { list, date, results };
    }
  }
}

function madeUpShow(id: number, day: number): Readonly<Record<string, unknown>> {
  return {
    id,
    name: `Made-up show ${id}`,
    original_name: `Made-up show ${id}`,
    popularity: ((id * 7919 + day * 104_729) % 100_000) / 100,
    vote_average: (id % 100) / 10,
    vote_count: (id * 31) % 5000,
    first_air_date: '2020-01-01',
    genre_ids: [18, 35, 80].slice(0, 1 + (id % 3)),
    origin_country: ['US'],
    poster_path: `/poster-${id}.jpg`,
    backdrop_path: null,
    overview: 'Nobody made this one, and nobody will see it. '.repeat(4),
    original_language: ['en', 'de', 'ja'][id % 3],
  };
}
