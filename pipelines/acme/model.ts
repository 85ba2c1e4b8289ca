import type { SessionModel } from '../../src/index.ts';

/**
 * How ACME's households watch. Shares are of sessions. The connections of each device add up to wifi .20, fiber .20,
 * cable .28, dsl .14, mobile .15, satellite .03 over all devices.
 */
export const acmeSessions: SessionModel = {
  // start .35, stop .22, complete .13, pause .15, resume .15
  eventsPerSession: 1 / 0.35,
  tiers: {
    free_with_ads: { share: 0.4, screens: 1, quality: { SD: 0.7, HD: 0.3 } },
    basic: { share: 0.3, screens: 2, quality: { SD: 0.3, HD: 0.7 } },
    standard: { share: 0.2, screens: 2, quality: { SD: 0.1, HD: 0.6, '4K': 0.3 } },
    premium: { share: 0.1, screens: 4, quality: { SD: 0.05, HD: 0.35, '4K': 0.6 } },
  },
  viewerPools: {
    active: { share: 0.25, weight: 0.3, cap: 3000 },
    regular: { share: 0.65, weight: 0.6, cap: 5000 },
    new: { share: 0.1, weight: 0.1, cap: 2000 },
  },
  householdSigma: 0.2,
  // With these shares of all titles, a lognormal of sigma 1.94 gives the pools just these weights.
  titlePools: {
    popular: { share: 0.08, weight: 0.7, cap: 200 },
    regular: { share: 0.3, weight: 0.25, cap: 300 },
    niche: { share: 0.62, weight: 0.05, cap: 500 },
  },
  popularitySigma: 1.94,
  preferredGenre: 0.8,
  hours: [
    { weight: 0.3, mean: 7, deviation: 2 },
    { weight: 1, mean: 20, deviation: 3 },
    { weight: 0.2, mean: 23, deviation: 2 },
    // Noon would lie below the night otherwise, and the night not low enough: 21:00 is to be 6 to 8 times 04:00.
    { weight: 0.3, mean: 13, deviation: 3.5 },
    { weight: -0.015, mean: 3.8, deviation: 1 },
  ],
  weekend: { fromHour: 9, toHour: 17, factor: 1.3 },
  devices: {
    mobile: {
      share: 0.35,
      os: { iOS: 0.45, Android: 0.55 },
      connections: { wifi: 0.34, fiber: 0.095, cable: 0.12, dsl: 0.07, mobile: 0.36, satellite: 0.015 },
      completing: 0.5,
      lasting: 0.5,
    },
    web: {
      share: 0.25,
      os: { Windows: 0.62, macOS: 0.24, Linux: 0.04, ChromeOS: 0.1 },
      connections: { wifi: 0.12, fiber: 0.26, cable: 0.36, dsl: 0.194, mobile: 0.024, satellite: 0.042 },
      completing: 1,
      lasting: 0.9,
    },
    tv: {
      share: 0.3,
      os: { 'Roku OS': 0.3, 'Fire TV': 0.25, 'Apple TV': 0.12, 'Android TV': 0.15, 'Smart TV OS': 0.18 },
      connections: { wifi: 0.03, fiber: 0.3, cable: 0.42, dsl: 0.206, satellite: 0.044 },
      completing: 1.6,
      lasting: 1.8,
    },
    tablet: {
      share: 0.1,
      os: { iOS: 0.6, Android: 0.4 },
      connections: { wifi: 0.42, fiber: 0.1175, cable: 0.22, dsl: 0.0515, mobile: 0.18, satellite: 0.011 },
      completing: 0.9,
      lasting: 0.8,
    },
  },
  qualities: {
    SD: { bandwidthMbps: [1.5, 5], stalling: 0.1 },
    HD: { bandwidthMbps: [5, 15], stalling: 0.15 },
    '4K': { bandwidthMbps: [15, 30], stalling: 0.22 },
  },
  network: {
    isps: {
      'United States': {
        Comcast: 0.27,
        Spectrum: 0.24,
        'AT&T': 0.17,
        Verizon: 0.14,
        Cox: 0.09,
        Frontier: 0.05,
        CenturyLink: 0.04,
      },
    },
    ispsElsewhere: { '{country} Telecom': 0.5, '{country} Cable': 0.3, '{country} Mobile': 0.2 },
    addresses: ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'],
  },
  releases: { version: [3, 4, 10], date: '2025-07-01', everyDays: 7, adoptionDays: 12 },
  playing: {
    maxSeconds: 14_400,
    // A little over .13 of .35: stalls and failures cost some.
    completing: 0.385,
    completingByType: { movie: 0.7, series: 0.8, documentary: 0.6 },
    completeFrom: 0.9,
    startup: { median: 1.5, sigma: 0.732 },
    impatience: { patienceSeconds: 2, limit: 0.75, ratePerSecond: 0.095 },
    leaving: { earlyShare: 0.55, earlyMeanSeconds: 150, tail: { median: 540, sigma: 1 } },
    rebufferingCost: 0.05,
  },
  pauses: { perSession: 0.485, minPlaySeconds: 20, seconds: { median: 150, sigma: 1.1 }, maxSeconds: 1800, max: 6 },
  stalls: { tail: 1.3, max: 40, seconds: { median: 2.5, sigma: 1 }, maxSeconds: 60 },
  errors: { share: 0.02, fatal: 0.5 },
};
