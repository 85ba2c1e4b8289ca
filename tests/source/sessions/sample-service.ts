import { type SessionsSource, sessions } from '../../../src/source/definition.ts';
import type { SessionModel } from '../../../src/source/sessions/model.ts';
import type { Reference } from '../../../src/source/sessions/reference.ts';

/** A service unlike the shipped ones: two plans, other devices, nested records in other words. */
export const sampleModel: SessionModel = {
  eventsPerSession: 3,
  tiers: {
    solo: { share: 0.6, screens: 1, quality: { '720p': 0.8, '1080p': 0.2 } },
    family: { share: 0.4, screens: 3, quality: { '720p': 0.1, '1080p': 0.9 } },
  },
  viewerPools: {
    active: { share: 0.3, weight: 0.5, cap: 30 },
    regular: { share: 0.6, weight: 0.4, cap: 20 },
    new: { share: 0.1, weight: 0.1, cap: 10 },
  },
  householdSigma: 0.4,
  titlePools: {
    popular: { share: 0.1, weight: 0.6, cap: 5 },
    regular: { share: 0.4, weight: 0.3, cap: 6 },
    niche: { share: 0.5, weight: 0.1, cap: 7 },
  },
  popularitySigma: 1.5,
  preferredGenre: 0.7,
  hours: [{ weight: 1, mean: 20, deviation: 4 }],
  weekend: { fromHour: 10, toHour: 16, factor: 1.5 },
  devices: {
    console: { share: 0.5, os: { Orbis: 1 }, connections: { fiber: 0.7, wifi: 0.3 }, completing: 1.2, lasting: 1.3 },
    phone: { share: 0.5, os: { iOS: 0.5, Android: 0.5 }, connections: { mobile: 1 }, completing: 0.8, lasting: 0.7 },
  },
  qualities: {
    '720p': { bandwidthMbps: [2, 6], stalling: 0.2 },
    '1080p': { bandwidthMbps: [6, 20], stalling: 0.3 },
  },
  network: { isps: {}, ispsElsewhere: { '{country} Net': 1 }, addresses: ['198.51.100.0/24'] },
  releases: { version: [2, 0, 0], date: '2025-01-01', everyDays: 14, adoptionDays: 5 },
  playing: {
    maxSeconds: 7200,
    completing: 0.4,
    completingByType: { film: 1, episode: 1.3 },
    completeFrom: 0.95,
    startup: { median: 1, sigma: 0.6 },
    impatience: { patienceSeconds: 2, limit: 0.8, ratePerSecond: 0.1 },
    leaving: { earlyShare: 0.4, earlyMeanSeconds: 120, tail: { median: 600, sigma: 0.8 } },
    rebufferingCost: 0.05,
  },
  pauses: { perSession: 0.6, minPlaySeconds: 30, seconds: { median: 60, sigma: 1 }, maxSeconds: 900, max: 5 },
  stalls: { tail: 1.2, max: 30, seconds: { median: 2, sigma: 1 }, maxSeconds: 40 },
  errors: { share: 0.05, fatal: 0.5 },
};

export const sampleSource: SessionsSource = sessions({
  into: 'plays',
  viewers: {
    table: 'households',
    id: 'household',
    tier: 'plan',
    country: 'land',
    timezone: 'zone',
    active: 'subscribed',
    preferredGenres: 'likes',
    startDate: 'since',
    lastActive: 'seen',
  },
  titles: {
    table: 'works',
    id: 'work',
    type: 'form',
    genre: 'genre',
    durationMinutes: 'minutes',
    popularity: 'score',
  },
  seed: 7,
  eventsPerDay: 6000,
  fields: {
    schema: { constant: 3 },
    what: { fact: 'event.kind', labels: { start: 'PLAY', stop: 'QUIT', complete: 'END' } },
    who: { household: 'viewer.id', plan: 'viewer.tier', town: 'viewer.columns.town' },
    at: 'event.timeMs',
    began: 'session.startTime',
    id: { fact: 'event.id', prefix: 'p-' },
    session: 'session.id',
    work: { id: 'title.id', of: { seconds: 'title.seconds', name: 'title.columns.name' } },
    progress: {
      second: 'playhead.seconds',
      percent: 'completion.percent',
      watched: 'watch.seconds',
      stalls: { n: 'stalls.count', seconds: 'stalls.seconds' },
    },
    device: { id: 'device.id', kind: 'device.type', os: 'device.os', app: 'app.version' },
    network: { isp: 'network.isp', over: 'network.connection', ip: 'network.address', mbps: 'bandwidth.mbps' },
    picture: 'quality',
    errors: 'errors.count',
  },
  model: sampleModel,
});

const zones = [
  ['Freedonia', 'Europe/Berlin', 'Ünterstadt "am See"'],
  ['Sylvania', 'America/New_York', 'Port Royal'],
  ['Klopstokia', 'Asia/Tokyo', 'Klop'],
] as const;

/** Three hundred households and sixty works. */
export function sampleReference(viewers = 300, titles = 60): Reference {
  const people = Array.from({ length: viewers }, (_, i) => i);
  const works = Array.from({ length: titles }, (_, i) => i);
  return {
    viewers: {
      count: viewers,
      ids: people.map((i) => `H${String(i).padStart(5, '0')}`),
      tiers: people.map((i) => (i % 5 < 3 ? 'solo' : 'family')),
      countries: people.map((i) => zones[i % 3]?.[0] ?? ''),
      timezones: people.map((i) => zones[i % 3]?.[1] ?? ''),
      pools: Uint8Array.from(people, (i) => (i % 10 === 0 ? 2 : i % 10 < 4 ? 0 : 1)),
      preferredGenres: Int32Array.from(people, (i) => 1 << (i % 3)),
      columns: { town: people.map((i) => zones[i % 3]?.[2] ?? '') },
    },
    titles: {
      count: titles,
      ids: works.map((i) => `W${i}`),
      types: works.map((i) => (i % 2 === 0 ? 'film' : 'episode')),
      genres: works.map((i) => ['art', 'fun', 'war'][i % 3] ?? ''),
      genreNames: ['art', 'fun', 'war'],
      seconds: Int32Array.from(works, (i) => (i % 2 === 0 ? 6000 + i * 60 : 1500 + i * 10)),
      ranks: Int32Array.from(works),
      columns: { name: works.map((i) => `Work ${i}`) },
    },
  };
}

export const slotMs = 300_000;
export const monday = Date.UTC(2025, 7, 11);
export const hourMs = 3_600_000;
