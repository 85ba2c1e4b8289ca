import { PlayheadError } from '../../base/errors.ts';
import type { Audience } from './audience.ts';
import { inverseNormal } from './inverse-normal.ts';
import type { SessionModel, Shares } from './model.ts';
import type { Titles } from './reference.ts';
import { maxDevices, maxPauses, maxScreens, maxStalls, type SessionVocabulary } from './session-plan.ts';
import { TitleChoice } from './title-choice.ts';
import { WeightedChoice } from './weighted-choice.ts';

/** A model with its names made numbers and its shares made tables, calibrated on the titles that there are. */
export interface CompiledModel {
  readonly vocabulary: SessionVocabulary;
  readonly titles: TitleChoice;
  readonly devices: WeightedChoice;
  osOf(device: number, unit: number): number;
  connectionOf(device: number, unit: number): number;
  qualityOf(tier: number, unit: number): number;
  /** By quality, hundredths of Mbps. */
  readonly leastBandwidth: Int32Array;
  readonly mostBandwidth: Int32Array;
  /** By quality: share of sessions that stall. */
  readonly stalling: Float64Array;
  /** By device. */
  readonly lasting: Float64Array;
  /** Chance that a session which got its first frame completes. */
  completing(title: number, device: number): number;
  /** Chance that a viewer leaves before a first frame that takes this long. */
  leavingStartup(seconds: number): number;
  /** No session is longer, from its start to its last event. */
  readonly maxSessionMs: number;
}

/** Throws PH_CONFIG_INVALID for a model that contradicts itself. */
export function compileModel(model: SessionModel, audience: Audience, titles: Titles): CompiledModel {
  checkModel(model);
  const devices = Object.entries(model.devices);
  const qualities = Object.entries(model.qualities);
  const vocabulary: SessionVocabulary = {
    devices: devices.map(([name]) => name),
    oses: namesOf(devices.map(([, { os }]) => os)),
    qualities: qualities.map(([name]) => name),
    connections: namesOf(devices.map(([, { connections }]) => connections)),
  };
  const lasting = scaled(
    devices.map(([, device]) => device.lasting),
    devices.map(([, { share }]) => share),
  );
  const { pauses, stalls, playing } = model;
  const choice = new TitleChoice(titles, model, (title) => meanMinutes(model, titles, title));
  const hundredths = (mbps: number): number => Math.round(mbps * 100);
  return {
    vocabulary,
    titles: choice,
    devices: new WeightedChoice(devices.map(([, { share }]) => share)),
    osOf: chooser(
      devices.map(([, { os }]) => os),
      vocabulary.oses,
    ),
    connectionOf: chooser(
      devices.map(([, { connections }]) => connections),
      vocabulary.connections,
    ),
    qualityOf: chooser(
      audience.tierNames.map((name) => model.tiers[name]?.quality ?? {}),
      vocabulary.qualities,
    ),
    leastBandwidth: Int32Array.from(qualities, ([, { bandwidthMbps }]) => hundredths(bandwidthMbps[0])),
    mostBandwidth: Int32Array.from(qualities, ([, { bandwidthMbps }]) => hundredths(bandwidthMbps[1])),
    stalling: Float64Array.from(qualities, ([, { stalling }]) => stalling),
    lasting,
    completing: completingOf(model, titles, choice),
    leavingStartup: (seconds) => leavingStartup(playing.impatience, seconds),
    maxSessionMs:
      1000 * (1 + playing.maxSeconds + stalls.max * stalls.maxSeconds + pauses.max * (1 + pauses.maxSeconds)),
  };
}

function checkModel(model: SessionModel): void {
  const problems: string[] = [];
  if (model.pauses.max > maxPauses) problems.push(`pauses.max is ${model.pauses.max}: at most ${maxPauses}`);
  if (model.stalls.max > maxStalls) problems.push(`stalls.max is ${model.stalls.max}: at most ${maxStalls}`);
  const devices = Object.keys(model.devices).length;
  if (devices > maxDevices) problems.push(`devices has ${devices} kinds: at most ${maxDevices}`);
  const qualities = Object.keys(model.qualities);
  for (const [name, tier] of Object.entries(model.tiers)) {
    if (tier.screens < 1 || tier.screens > maxScreens)
      problems.push(`tiers.${name}.screens is ${tier.screens}: from 1 to ${maxScreens}`);
    for (const quality of Object.keys(tier.quality))
      if (!qualities.includes(quality)) problems.push(`tiers.${name}.quality.${quality} is not among the qualities`);
  }
  if (problems.length > 0) throw new PlayheadError('PH_CONFIG_INVALID', `session model: ${problems.join('; ')}`);
}

/** Names of several sets of shares, each once, in the order in which they first appear. */
function namesOf(sets: readonly Shares[]): string[] {
  return [...new Set(sets.flatMap((shares) => Object.keys(shares)))];
}

function chooser(sets: readonly Shares[], names: readonly string[]): (set: number, unit: number) => number {
  const choices = sets.map((shares) => {
    const numbers = Object.keys(shares).map((name) => names.indexOf(name));
    return new WeightedChoice(Object.values(shares), numbers);
  });
  return (set, unit) => choices[set]?.at(unit) ?? 0;
}

/** Factors scaled so that their mean, weighted by the shares, is 1. */
function scaled(factors: readonly number[], shares: readonly number[]): Float64Array {
  const all = shares.reduce((sum, share) => sum + share, 0);
  const mean = factors.reduce((sum, factor, i) => sum + factor * ((shares[i] ?? 0) / all), 0);
  return Float64Array.from(factors, (factor) => factor / mean);
}

/** Scales the types' and devices' readiness so that the share of all sessions that complete is the model's. */
function completingOf(
  model: SessionModel,
  titles: Titles,
  choice: TitleChoice,
): (title: number, device: number) => number {
  const devices = Object.values(model.devices);
  const byDevice = scaled(
    devices.map(({ completing }) => completing),
    devices.map(({ share }) => share),
  );
  const { completing, completingByType, startup, impatience } = model.playing;
  const readiness = Float64Array.from(titles.types, (type) => completingByType[type] ?? 1);
  const mean = readiness.reduce((sum, each, title) => sum + each * (choice.chances[title] ?? 0), 0);
  const waiting = 1 - meanOverLognormal(startup, (seconds) => leavingStartup(impatience, seconds));
  const scale = completing / (mean * waiting);
  return (title, device) => Math.min(0.98, (readiness[title] ?? 1) * (byDevice[device] ?? 1) * scale);
}

/** Concave: from no one at the end of patience towards a limit (Krishnan and Sitaraman, IMC 2012, figure 6). */
function leavingStartup(impatience: SessionModel['playing']['impatience'], seconds: number): number {
  const { patienceSeconds, limit, ratePerSecond } = impatience;
  return seconds <= patienceSeconds ? 0 : limit * (1 - Math.exp(-ratePerSecond * (seconds - patienceSeconds)));
}

/** Minutes that a session of a title plays on average, before what stalls and failures cost. */
function meanMinutes(model: SessionModel, titles: Titles, title: number): number {
  const { playing } = model;
  const seconds = Math.min(titles.seconds[title] ?? 1, playing.maxSeconds);
  const readiness = Object.values(playing.completingByType);
  const usual = readiness.reduce((sum, each) => sum + each, 0) / Math.max(1, readiness.length);
  const type = titles.types[title] ?? '';
  const completing = Math.min(0.98, playing.completing * ((playing.completingByType[type] ?? usual) / usual));
  const { earlyShare, earlyMeanSeconds, tail } = playing.leaving;
  const most = seconds * playing.completeFrom;
  const leaving =
    earlyShare * earlyMeanSeconds * (1 - Math.exp(-most / earlyMeanSeconds)) +
    (1 - earlyShare) * meanOverLognormal(tail, (length) => Math.min(length, most));
  return (completing * seconds * (0.5 + playing.completeFrom / 2) + (1 - completing) * leaving) / 60;
}

function meanOverLognormal(
  { median, sigma }: { readonly median: number; readonly sigma: number },
  of: (value: number) => number,
): number {
  const steps = 64;
  let sum = 0;
  for (let i = 0; i < steps; i += 1) sum += of(median * Math.exp(sigma * inverseNormal((i + 0.5) / steps)));
  return sum / steps;
}
