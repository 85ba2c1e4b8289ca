import { type Random, seededRandom } from '../../src/base/random.ts';
import { countOf, type DetectorDefinition, detector, ratioOf } from '../../src/insight/definition.ts';
import type { FoundIncident } from '../../src/insight/incident.ts';
import { Watch } from '../../src/insight/watch.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
export const monday = Date.UTC(2025, 7, 11);

/** Two lands with two providers each; half of all use one app, half the other. */
const lands = { Sylvania: ['Sylvania Net', 'Sylvania Wire'], Freedonia: ['Freedonia Net', 'Freedonia Wire'] } as const;
const apps = ['1.0.0', '1.1.0'] as const;

export const watcher: DetectorDefinition = detector({
  table: 'plays',
  time: 'at',
  dimensions: { land: 'land', isp: 'isp', app: 'app' },
  measures: {
    starts: countOf("what = 'PLAY'", { by: ['land'] }),
    failures: ratioOf({ of: 'errors > 0', over: "what = 'END'", by: ['land', 'isp', 'app'] }),
  },
  names: {
    outage: { measure: 'failures', in: ['isp'] },
    fault: { measure: 'failures', in: ['everywhere', 'land', 'app'] },
    rush: { measure: 'starts', in: ['everywhere', 'land'] },
    silence: { measure: 'starts', in: ['everywhere', 'land'], is: 'low' },
  },
});

/** Something out of the ordinary: where all that is named matches, more starts, or another share of failures. */
export interface Disturbance {
  readonly fromMs: number;
  readonly toMs: number;
  readonly where?: { readonly land?: string; readonly isp?: string; readonly app?: string };
  readonly starts?: number;
  readonly failing?: number;
}

export interface SampleDays {
  readonly days: number;
  readonly seed?: number;
  /** Starts in a step of five minutes, over all, on average over the day. */
  readonly starts?: number;
  readonly disturbances?: readonly Disturbance[];
}

/** What a detector finds in made-up viewing: a daily wave, one in fifty sessions with an error, and what is asked for. */
export function watched(days: SampleDays, by: DetectorDefinition = watcher): readonly FoundIncident[] {
  return watching(days, by).end();
}

/** A watch over all of them. */
export function watching(
  { days, seed = 1, starts = 400, disturbances = [] }: SampleDays,
  by: DetectorDefinition = watcher,
): Watch {
  const random = seededRandom(seed);
  const { stepMs } = by;
  const watch = new Watch(by, { fromMs: monday, toMs: monday + days * dayMs });
  for (let atMs = monday; atMs < monday + days * dayMs; atMs += stepMs) {
    const wave = 1 + 0.7 * Math.sin((2 * Math.PI * (atMs % dayMs)) / dayMs);
    for (const [land, isps] of Object.entries(lands)) {
      for (const isp of isps) {
        for (const app of apps) {
          const met = disturbances.filter(
            ({ fromMs, toMs, where = {} }) =>
              atMs >= fromMs &&
              atMs < toMs &&
              [where.land ?? land, where.isp ?? isp, where.app ?? app].join() === [land, isp, app].join(),
          );
          const factor = met.reduce((product, { starts: times = 1 }) => product * times, 1);
          const failing = Math.max(0.02, ...met.map(({ failing: share = 0 }) => share));
          const ended = poisson((starts / 8) * wave, random);
          let failed = 0;
          for (let i = 0; i < ended; i += 1) if (random.float() < failing) failed += 1;
          const counts = [poisson((starts / 8) * wave * factor, random), failed, ended];
          watch.add({ step: atMs / stepMs, values: [land, isp, app], counts });
        }
      }
    }
  }
  watch.end();
  return watch;
}

/** Knuth's way, which is quick enough for the means here. */
function poisson(mean: number, random: Random): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.float(); product > limit; product *= random.float()) count += 1;
  return count;
}
