import { acmeSessions } from '../../../pipelines/acme/model.ts';
import { type Random, seededRandom } from '../../../src/base/random.ts';
import { type Incident, type IncidentKind, incidentKinds } from '../../../src/source/sessions/incidents.ts';
import { appReleases } from '../../../src/source/sessions/releases.ts';

const minuteMs = 60_000;
const slotMs = 5 * minuteMs;

const countries = [
  'United States',
  'United Kingdom',
  'Canada',
  'Germany',
  'France',
  'Australia',
  'Japan',
  'Brazil',
] as const;

/** Magnitudes of each kind, from the least to the greatest that is drawn; see `incidentKinds` for what they mean. */
const magnitudes: Readonly<Record<IncidentKind, readonly [number, number]>> = {
  'isp-outage': [0.4, 0.95],
  'cdn-degradation': [2.5, 6],
  'bad-release': [0.2, 0.8],
  'demand-spike': [2, 3.5],
};

export interface IncidentDraw {
  readonly seed: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

/**
 * Incidents over a range: as many of each kind, in random order, one in each of `count` equal parts of the range, where
 * in it at random; 40 minutes to 3 hours long; of random places and magnitudes.
 */
export function drawIncidents({ seed, fromMs, toMs, count }: IncidentDraw): readonly Incident[] {
  const random = seededRandom(seed);
  const partMs = (toMs - fromMs) / count;
  const kinds = shuffled(
    Array.from({ length: count }, (_, i) => incidentKinds[i % incidentKinds.length] ?? 'isp-outage'),
    random,
  );
  return kinds.map((kind, i) => {
    const lengthMs = 40 * minuteMs + random.float() * 140 * minuteMs;
    const startMs = fromMs + i * partMs + random.float() * (partMs - lengthMs);
    const [from, to] = [startMs, startMs + lengthMs].map((ms) => Math.round(ms / slotMs) * slotMs);
    const [least, most] = magnitudes[kind];
    return {
      kind,
      fromMs: from ?? 0,
      toMs: to ?? 0,
      magnitude: Number((least + random.float() * (most - least)).toFixed(2)),
      where: place[kind](random, startMs),
    };
  });
}

/** Where each kind takes place. A release is the newest or the second newest that a tenth of the devices have. */
const place: Readonly<Record<IncidentKind, (random: Random, atMs: number) => Incident['where']>> = {
  'isp-outage': (random) => ({ isp: drawn(providers(), random) }),
  'cdn-degradation': (random) => somewhere(random),
  'bad-release': (random, atMs) => ({ release: drawn(spread(atMs), random) }),
  'demand-spike': (random) => somewhere(random),
};

function somewhere(random: Random): Incident['where'] {
  return random.float() < 0.3 ? {} : { country: drawn(countries, random) };
}

function providers(): string[] {
  const { isps, ispsElsewhere } = acmeSessions.network;
  return countries.flatMap((country) =>
    Object.keys(isps[country] ?? ispsElsewhere).map((name) => name.replaceAll('{country}', country)),
  );
}

/** The two newest releases that at least a tenth of the devices have. */
function spread(atMs: number): string[] {
  const releases = appReleases(acmeSessions.releases);
  const devices = 1000;
  const found = new Map<string, number>();
  for (let i = 0; i < devices; i += 1) {
    const version = releases.version(releases.at(atMs, (i + 0.5) / devices));
    found.set(version, (found.get(version) ?? 0) + 1);
  }
  return [...found]
    .filter(([, count]) => count >= devices / 10)
    .map(([version]) => version)
    .slice(0, 2);
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const keyed = items.map((item) => ({ item, key: random.float() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

function drawn<T>(items: readonly T[], random: Random): T {
  const item = items[Math.floor(random.float() * items.length)];
  if (item === undefined) throw new Error('nothing to draw from');
  return item;
}
