import type { Audience } from './audience.ts';
import { type CompiledModel, compileModel } from './compiled-model.ts';
import { type Incident, type IncidentScope, incidentMet } from './incidents.ts';
import type { SessionModel } from './model.ts';
import type { Titles } from './reference.ts';
import { type AppReleases, appReleases } from './releases.ts';
import type { SessionPlan } from './session-plan.ts';
import { hashFloat, SessionRandom } from './session-random.ts';

const salt = { device: 0xde1, update: 0x0bd, outage: 0x0f1, degraded: 0xcd1, release: 0xba1 } as const;

/** Where and when a session takes place: all that its draws depend on, besides the seed. */
export interface SessionPlace {
  viewer: number;
  /** Viewing day of the household, from 1970-01-01, and number of the session in it. */
  day: number;
  ordinal: number;
  screen: number;
  startMs: number;
  /** The household's viewing day ends here: a longer session is cut short. */
  endByMs: number;
}

/** Draws whole sessions. The same place gives the same session, whenever and wherever it is drawn. */
export class SessionPlanner {
  readonly compiled: CompiledModel;
  readonly #model: SessionModel;
  readonly #audience: Audience;
  readonly #titles: Titles;
  readonly #releases: AppReleases;
  readonly #seed: number;
  readonly #incidents: readonly Incident[];
  readonly #random = new SessionRandom();

  constructor(
    model: SessionModel,
    audience: Audience,
    titles: Titles,
    seed: number,
    incidents: readonly Incident[] = [],
  ) {
    this.compiled = compileModel(model, audience, titles);
    this.#model = model;
    this.#audience = audience;
    this.#titles = titles;
    this.#releases = appReleases(model.releases);
    this.#seed = seed;
    this.#incidents = incidents;
  }

  /** How a session goes, and so when it ends, without what that does not depend on: see `equip`. */
  planCourse(plan: SessionPlan, place: SessionPlace): void {
    const random = this.#random.seed(this.#seed, place.viewer, place.day, 1 + place.ordinal);
    this.#choose(plan, place, random);
    this.#watch(plan, random);
    this.#stall(plan, random);
    this.#pause(plan, random);
    this.#fail(plan, random);
    // The end falls between two seconds.
    plan.lengthMs = 1 + Math.floor(random.float() * 999);
    measure(plan);
    if (this.#incidents.length > 0) this.#meetIncidents(plan, place);
    cutShort(plan, place.endByMs - place.startMs, random.float());
  }

  /** Title, device, quality and bandwidth. */
  #choose(plan: SessionPlan, place: SessionPlace, random: SessionRandom): void {
    const { compiled } = this;
    const { viewer, screen } = place;
    plan.viewer = viewer;
    plan.screen = screen;
    plan.title = compiled.titles.draw(random, this.#audience.viewers.preferredGenres[viewer] ?? 0);
    plan.titleSeconds = Math.min(this.#titles.seconds[plan.title] ?? 1, this.#model.playing.maxSeconds);
    plan.device = compiled.devices.draw(random);
    plan.connectionDraw = random.uint32();
    plan.quality = compiled.qualityOf(this.#audience.tiers[viewer] ?? 0, random.float());
    const low = compiled.leastBandwidth[plan.quality] ?? 0;
    const high = compiled.mostBandwidth[plan.quality] ?? 0;
    plan.bandwidth = low + Math.floor(random.float() * (high - low + 1));
  }

  /** System, app release and connection of the device of a session that begins at `startMs`. */
  equip(plan: SessionPlan, startMs: number): void {
    // What a device is stays: its system is drawn from the device, not from the session.
    const device = plan.device * 16 + plan.screen;
    plan.os = this.compiled.osOf(plan.device, hashFloat(this.#seed ^ salt.device, plan.viewer, device));
    plan.release = this.#releases.at(startMs, hashFloat(this.#seed ^ salt.update, plan.viewer, device));
    plan.connection = this.compiled.connectionOf(plan.device, plan.connectionDraw / 4294967296);
  }

  /** Whether the first frame is waited for, whether the session runs to the end, and how far it plays. */
  #watch(plan: SessionPlan, random: SessionRandom): void {
    const { playing } = this.#model;
    const startupSeconds = random.lognormal(playing.startup.median, playing.startup.sigma);
    const leaves = random.float() < this.compiled.leavingStartup(startupSeconds);
    const completeDraw = random.float();
    const lengthDraw = random.float();
    plan.completes = !leaves && completeDraw < this.compiled.completing(plan.title, plan.device);
    plan.waitedSeconds = leaves ? Math.ceil(startupSeconds) : 0;
    const most = Math.floor(plan.titleSeconds * playing.completeFrom);
    if (leaves) plan.playSeconds = 0;
    else if (plan.completes) plan.playSeconds = most + 1 + Math.floor(lengthDraw * (plan.titleSeconds - most));
    else {
      const seconds = this.#untilLeft(plan.device, random);
      // Whoever would stay past the end without completing leaves somewhere before it.
      plan.playSeconds = seconds <= most ? seconds : Math.floor(lengthDraw * (most + 1));
    }
  }

  #untilLeft(device: number, random: SessionRandom): number {
    const { leaving } = this.#model.playing;
    const seconds = random.chance(leaving.earlyShare)
      ? leaving.earlyMeanSeconds * random.exponential()
      : random.lognormal(leaving.tail.median, leaving.tail.sigma);
    return Math.floor(seconds * (this.compiled.lasting[device] ?? 1));
  }

  /** Most sessions never stall; of the others a few stall a lot, and that costs play time. */
  #stall(plan: SessionPlan, random: SessionRandom): void {
    plan.stallCount = 0;
    if (!random.chance(this.compiled.stalling[plan.quality] ?? 0) || plan.playSeconds < 2) return;
    this.#addStalls(plan, random);
  }

  #addStalls(plan: SessionPlan, random: SessionRandom): void {
    const { stalls, playing } = this.#model;
    const count = Math.min(stalls.max, Math.floor((1 - random.float()) ** (-1 / stalls.tail)));
    let total = 0;
    for (let i = 0; i < count; i += 1) {
      const seconds = Math.ceil(random.lognormal(stalls.seconds.median, stalls.seconds.sigma));
      plan.stallSeconds[i] = Math.min(seconds, stalls.maxSeconds);
      total += plan.stallSeconds[i] ?? 0;
    }
    const cost = playing.rebufferingCost * 100 * (total / (total + plan.playSeconds));
    if (random.float() < cost) {
      plan.completes = false;
      plan.playSeconds = Math.max(1, Math.floor(plan.playSeconds * Math.max(0.2, 1 - cost)));
      plan.playSeconds = Math.min(plan.playSeconds, Math.floor(plan.titleSeconds * playing.completeFrom));
    }
    plan.stallCount = count;
    for (let i = 0; i < count; i += 1) plan.stallAt[i] = Math.floor(random.float() * plan.playSeconds);
    sortFirst(plan.stallAt, count);
  }

  #pause(plan: SessionPlan, random: SessionRandom): void {
    const { pauses } = this.#model;
    plan.pauseCount = plan.playSeconds < pauses.minPlaySeconds ? 0 : random.geometric(pauses.perSession, pauses.max);
    for (let i = 0; i < plan.pauseCount; i += 1) {
      plan.pauseAt[i] = 1 + Math.floor(random.float() * (plan.playSeconds - 1));
      const seconds = Math.min(random.lognormal(pauses.seconds.median, pauses.seconds.sigma), pauses.maxSeconds);
      plan.pauseMs[i] = 1 + Math.floor(seconds * 1000);
    }
    sortFirst(plan.pauseAt, plan.pauseCount);
    // Two pauses at one place are one: events of a session never share an instant.
    let kept = 0;
    for (let i = 0; i < plan.pauseCount; i += 1) {
      if (kept > 0 && plan.pauseAt[i] === plan.pauseAt[kept - 1]) continue;
      plan.pauseAt[kept] = plan.pauseAt[i] ?? 0;
      plan.pauseMs[kept] = plan.pauseMs[i] ?? 0;
      kept += 1;
    }
    plan.pauseCount = kept;
  }

  #fail(plan: SessionPlan, random: SessionRandom): void {
    const { share, fatal } = this.#model.errors;
    plan.errors = 0;
    if (!random.chance(share)) return;
    plan.errors = 1 + random.geometric(0.5, 9);
    if (random.chance(fatal)) breakOff(plan, random.float());
  }

  /** Incidents draw from hashes of their own, so that what they don't touch is the same with and without them. */
  #meetIncidents(plan: SessionPlan, place: SessionPlace): void {
    const endMs = place.startMs + plan.lengthMs;
    if (!this.#incidents.some(({ fromMs, toMs }) => fromMs < endMs && toMs > place.startMs)) return;
    this.equip(plan, place.startMs);
    const scope: IncidentScope = {
      country: this.#audience.viewers.countries[plan.viewer] ?? '',
      isp: this.#audience.isps[plan.viewer] ?? '',
      release: this.#releases.version(plan.release),
      os: this.compiled.vocabulary.oses[plan.os] ?? '',
    };
    const { startMs } = place;
    const word = place.day * 64 + place.ordinal;
    // What would last into the next viewing day ends with this one, and meets nothing after it.
    const met = (kind: Incident['kind']): Incident | undefined =>
      incidentMet(this.#incidents, kind, scope, startMs, Math.min(startMs + plan.lengthMs, place.endByMs));
    const degraded = met('cdn-degradation');
    if (degraded !== undefined) this.#degrade(plan, degraded.magnitude, word);
    const bad = met('bad-release');
    if (bad !== undefined && hashFloat(this.#seed ^ salt.release, plan.viewer, word) < bad.magnitude) {
      plan.errors += 1 + (word % 3);
      // What began before the release turned bad fails after that, not before.
      breakOff(plan, hashFloat(this.#seed ^ salt.release, word, plan.viewer), bad.fromMs - startMs);
    }
    const outage = met('isp-outage');
    if (outage !== undefined && hashFloat(this.#seed ^ salt.outage, plan.viewer, word) < outage.magnitude) {
      plan.errors += 1;
      cutShort(plan, Math.max(1, outage.fromMs - startMs), 1);
    }
  }

  #degrade(plan: SessionPlan, magnitude: number, word: number): void {
    const random = this.#random.seed(this.#seed ^ salt.degraded, plan.viewer, word, 0);
    if (plan.quality > 0 && random.chance(0.25)) {
      plan.quality -= 1;
      const low = this.compiled.leastBandwidth[plan.quality] ?? 0;
      plan.bandwidth =
        low + Math.floor(random.float() * ((this.compiled.mostBandwidth[plan.quality] ?? low) - low + 1));
    }
    const more = (this.compiled.stalling[plan.quality] ?? 0) * (magnitude - 1);
    if (plan.stallCount > 0 || plan.playSeconds < 2 || !random.chance(more)) return;
    this.#addStalls(plan, random);
    keepPausesWithin(plan);
    measure(plan);
  }
}

/** A failure at some point ends the session there: anywhere after so many ms. */
function breakOff(plan: SessionPlan, unit: number, afterMs = 0): void {
  plan.completes = false;
  let least = 0;
  while (least < plan.playSeconds && afterMs > lengthUntil(plan, least)) least += 1;
  plan.playSeconds = least + Math.floor((plan.playSeconds - least) * unit);
  keepPausesWithin(plan);
  measure(plan);
}

/**
 * What would come after the last second played does not come. Nor does a pause at that very second: nothing would be
 * played after its resume, and the two would fall within the same second as the end.
 */
function keepPausesWithin(plan: SessionPlan): void {
  while (plan.pauseCount > 0 && (plan.pauseAt[plan.pauseCount - 1] ?? 0) >= plan.playSeconds) plan.pauseCount -= 1;
  while (plan.stallCount > 0 && (plan.stallAt[plan.stallCount - 1] ?? 0) > plan.playSeconds) plan.stallCount -= 1;
}

/** How long it takes to play so many seconds, ms: with the stalls and pauses on the way, but no pause at their end. */
function lengthUntil(plan: SessionPlan, seconds: number): number {
  let ms = (seconds + plan.waitedSeconds) * 1000;
  for (let i = 0; i < plan.stallCount; i += 1)
    if ((plan.stallAt[i] ?? 0) <= seconds) ms += (plan.stallSeconds[i] ?? 0) * 1000;
  for (let i = 0; i < plan.pauseCount; i += 1) if ((plan.pauseAt[i] ?? 0) < seconds) ms += plan.pauseMs[i] ?? 0;
  return ms;
}

/** Recomputes the length; the part below a second, which was drawn, stays. */
function measure(plan: SessionPlan): void {
  plan.lengthMs = (plan.lengthMs % 1000) + lengthUntil(plan, plan.playSeconds);
}

/** Ends a session that would last longer than `limitMs` at a moment before: at `unit` of the limit, in one go. */
function cutShort(plan: SessionPlan, limitMs: number, unit: number): void {
  if (plan.lengthMs <= limitMs) return;
  const ms = Math.max(1, Math.floor(limitMs * unit));
  plan.completes = false;
  plan.pauseCount = 0;
  plan.stallCount = 0;
  plan.waitedSeconds = 0;
  plan.playSeconds = Math.min(plan.playSeconds, Math.floor(ms / 1000));
  plan.lengthMs = Math.max(1, plan.playSeconds * 1000 + (ms % 1000));
}

function sortFirst(values: Int32Array, count: number): void {
  for (let i = 1; i < count; i += 1) {
    const value = values[i] ?? 0;
    let at = i - 1;
    for (; at >= 0 && (values[at] ?? 0) > value; at -= 1) values[at + 1] = values[at] ?? 0;
    values[at + 1] = value;
  }
}
