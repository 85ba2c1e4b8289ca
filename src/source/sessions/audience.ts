import { PlayheadError } from '../../base/errors.ts';
import { localTime } from './local-time.ts';
import type { SessionModel } from './model.ts';
import { type Viewers, viewerPoolNames } from './reference.ts';
import { hash2, hashFloat, SessionRandom } from './session-random.ts';
import { dayStartSpreadMs, ViewingDays } from './viewing-days.ts';
import { WeightedChoice } from './weighted-choice.ts';

const salt = { isp: 0x15b, address: 0xadd, dayStart: 0xda7, appetite: 0xa99 } as const;

/** Viewers who share a country and a time zone: their demand follows one curve. */
export interface AudienceZone {
  readonly country: string;
  readonly days: ViewingDays;
  readonly viewers: Int32Array;
}

/** What never changes about each viewer, worked out once: habits, screens, network. */
export interface Audience {
  readonly viewers: Viewers;
  readonly tierNames: readonly string[];
  /** Index into `tierNames`. */
  readonly tiers: Uint8Array;
  readonly screens: Uint8Array;
  /** Share of all sessions; they add up to 1. */
  readonly shares: Float64Array;
  /** ms after the zone's that the viewer's own viewing day begins: not everybody sleeps at the same time. */
  readonly dayStartMs: Int32Array;
  readonly isps: readonly string[];
  readonly addresses: readonly string[];
  readonly zones: readonly AudienceZone[];
}

/** Throws PH_CONFIG_INVALID for a tier that the model doesn't know. */
export function audienceOf(viewers: Viewers, model: SessionModel, seed: number): Audience {
  const tierNames = Object.keys(model.tiers);
  const tiers = Uint8Array.from(viewers.tiers, (name) => {
    const tier = tierNames.indexOf(name);
    if (tier === -1) {
      throw new PlayheadError(
        'PH_CONFIG_INVALID',
        `a viewer has the tier ${JSON.stringify(name)}, which the model lacks`,
        {
          hint: `The model knows ${tierNames.join(', ')}.`,
        },
      );
    }
    return tier;
  });
  const isps = ispChoices(model);
  const ranges = model.network.addresses.map(addressRange);
  return {
    viewers,
    tierNames,
    tiers,
    screens: Uint8Array.from(tiers, (tier) => model.tiers[tierNames[tier] ?? '']?.screens ?? 1),
    shares: sharesOf(viewers, tiers, tierNames, model, seed),
    dayStartMs: Int32Array.from({ length: viewers.count }, (_, viewer) =>
      Math.floor(hashFloat(seed, viewer, salt.dayStart) * dayStartSpreadMs),
    ),
    isps: viewers.countries.map((country, viewer) => isps(country, hashFloat(seed, viewer, salt.isp))),
    addresses: Array.from({ length: viewers.count }, (_, viewer) => {
      const word = hash2(hash2(seed, viewer), salt.address) >>> 0;
      return ranges[word % ranges.length]?.(word >>> 8) ?? '';
    }),
    zones: zonesOf(viewers),
  };
}

/** Tiers and pools each get their share of the sessions; within both, households differ by a lognormal. */
function sharesOf(
  viewers: Viewers,
  tiers: Uint8Array,
  tierNames: readonly string[],
  model: SessionModel,
  seed: number,
): Float64Array {
  const random = new SessionRandom();
  const pools = viewerPoolNames.length;
  const totals = new Float64Array(tierNames.length * pools);
  const appetites = Float64Array.from({ length: viewers.count }, (_, viewer) => {
    const appetite = random.seed(seed, viewer, salt.appetite, 0).lognormal(1, model.householdSigma);
    const group = (tiers[viewer] ?? 0) * pools + (viewers.pools[viewer] ?? 0);
    totals[group] = (totals[group] ?? 0) + appetite;
    return appetite;
  });
  const groupShare = totals.map((total, group) => {
    const tier = model.tiers[tierNames[Math.floor(group / pools)] ?? ''];
    const pool = viewerPoolNames[group % pools];
    return total === 0 || tier === undefined || pool === undefined ? 0 : tier.share * model.viewerPools[pool].weight;
  });
  const all = groupShare.reduce((sum, each) => sum + each, 0);
  return appetites.map((appetite, viewer) => {
    const group = (tiers[viewer] ?? 0) * pools + (viewers.pools[viewer] ?? 0);
    return ((groupShare[group] ?? 0) / all) * (appetite / (totals[group] ?? 1));
  });
}

function zonesOf(viewers: Viewers): AudienceZone[] {
  const members = new Map<string, number[]>();
  for (let viewer = 0; viewer < viewers.count; viewer += 1) {
    const key = `${viewers.countries[viewer]}\n${viewers.timezones[viewer]}`;
    const zone = members.get(key);
    if (zone === undefined) members.set(key, [viewer]);
    else zone.push(viewer);
  }
  return [...members.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, zone]) => {
      const [country = '', timezone = ''] = key.split('\n');
      return { country, days: new ViewingDays(localTime(timezone)), viewers: Int32Array.from(zone) };
    });
}

function ispChoices(model: SessionModel): (country: string, unit: number) => string {
  const byCountry = new Map<string, { names: string[]; choice: WeightedChoice }>();
  return (country, unit) => {
    let known = byCountry.get(country);
    if (known === undefined) {
      const shares = model.network.isps[country] ?? model.network.ispsElsewhere;
      const names = Object.keys(shares).map((name) => name.replaceAll('{country}', country));
      known = { names, choice: new WeightedChoice(Object.values(shares)) };
      byCountry.set(country, known);
    }
    return known.names[known.choice.at(unit)] ?? '';
  };
}

/** A host address of a CIDR range by number; network and broadcast address are left out. */
function addressRange(cidr: string): (n: number) => string {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
  const bits = Number(match?.[5] ?? 32);
  if (match === null || bits > 30 || bits < 8)
    throw new PlayheadError('PH_CONFIG_INVALID', `${cidr} is no address range: as 192.0.2.0/24`);
  const base = match.slice(1, 5).reduce((word, part) => word * 256 + Number(part), 0);
  const hosts = 2 ** (32 - bits) - 2;
  return (n) => {
    const address = base + 1 + (n % hosts);
    return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
  };
}
