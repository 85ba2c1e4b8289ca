/** A name → its share. Shares of one set add up to 1, or are scaled so that they do. */
export type Shares = Readonly<Record<string, number>>;

/** How a household of a subscription tier watches. */
export interface TierModel {
  /** Of all sessions. */
  readonly share: number;
  /** Sessions at the same time, at most. */
  readonly screens: number;
  /** Picture quality → share of the tier's sessions. */
  readonly quality: Shares;
}

/** A group of titles or viewers: how many of all it holds, and how many of the sessions. */
export interface PoolModel {
  /** Of all titles or viewers, by rank. */
  readonly share: number;
  /** Of the session starts. */
  readonly weight: number;
  /** Most that the data loader's cache holds of it. */
  readonly cap: number;
}

export interface DeviceModel {
  /** Of all sessions. */
  readonly share: number;
  readonly os: Shares;
  readonly connections: Shares;
  /** How readily sessions on it run to the end, against the other devices. */
  readonly completing: number;
  /** How long sessions on it last that do not, against the other devices. */
  readonly lasting: number;
}

export interface QualityModel {
  /** Least and most Mbps of a session at this quality. */
  readonly bandwidthMbps: readonly [number, number];
  /** Share of sessions that stall at all. */
  readonly stalling: number;
}

/** A lognormal by two numbers that people know of it. */
export interface Lognormal {
  readonly median: number;
  /** Standard deviation of the logarithm. */
  readonly sigma: number;
}

/** Shares, curves and tails of the sessions of one service: everything that the simulator does not know by itself. */
export interface SessionModel {
  /** Mean events of a session: its start, its end, and two for each pause. */
  readonly eventsPerSession: number;
  /** By the value of the viewers' tier column. */
  readonly tiers: Readonly<Record<string, TierModel>>;
  readonly viewerPools: Readonly<Record<'active' | 'regular' | 'new', PoolModel>>;
  /** Households differ in how much they watch by a lognormal of this sigma. */
  readonly householdSigma: number;
  readonly titlePools: Readonly<Record<'popular' | 'regular' | 'niche', PoolModel>>;
  /** Hours of titles by popularity rank are lognormal of this sigma (1.94: top 1 % about 35 %, top 10 % about 74 %). */
  readonly popularitySigma: number;
  /** Chance that a session's title is of a genre that the viewer prefers. */
  readonly preferredGenre: number;
  /** Session starts over the local day: a sum of normals around the clock, in hours. A negative weight takes away. */
  readonly hours: readonly { readonly weight: number; readonly mean: number; readonly deviation: number }[];
  /** Saturdays and Sundays, from one local hour to another, there are this many times as many starts. */
  readonly weekend: { readonly fromHour: number; readonly toHour: number; readonly factor: number };
  readonly devices: Readonly<Record<string, DeviceModel>>;
  /** From the least demanding to the most. */
  readonly qualities: Readonly<Record<string, QualityModel>>;
  readonly network: {
    readonly isps: Readonly<Record<string, Shares>>;
    /** Where a country has no list of its own; `{country}` stands for its name. */
    readonly ispsElsewhere: Shares;
    /** CIDR ranges that addresses come from. */
    readonly addresses: readonly string[];
  };
  readonly releases: {
    /** Version number of the release of `date`; each later one raises the patch, minor after 99, major after 9. */
    readonly version: readonly [number, number, number];
    readonly date: string;
    readonly everyDays: number;
    /** Mean days until a device has a release. */
    readonly adoptionDays: number;
  };
  readonly playing: {
    /** A session plays at most this, however long the title. */
    readonly maxSeconds: number;
    /** Share of sessions that complete, before what stalls and failures cost. */
    readonly completing: number;
    /** Title type → how readily it is completed, against the others. */
    readonly completingByType: Shares;
    /** A session completes when it plays more than this share of the title. */
    readonly completeFrom: number;
    /** Seconds from request to first frame. */
    readonly startup: Lognormal;
    /** Of those who wait: none leave before `patienceSeconds`; then they leave towards `limit` at `ratePerSecond`. */
    readonly impatience: { readonly patienceSeconds: number; readonly limit: number; readonly ratePerSecond: number };
    /** Sessions that do not complete: exponential in the first minutes, else a lognormal tail. */
    readonly leaving: { readonly earlyShare: number; readonly earlyMeanSeconds: number; readonly tail: Lognormal };
    /** Share of play time that one per cent of rebuffering costs. */
    readonly rebufferingCost: number;
  };
  readonly pauses: {
    /** Mean of the sessions that play long enough to pause. */
    readonly perSession: number;
    readonly minPlaySeconds: number;
    readonly seconds: Lognormal;
    readonly maxSeconds: number;
    readonly max: number;
  };
  readonly stalls: {
    /** Exponent of the Pareto tail of stalls per stalling session. */
    readonly tail: number;
    readonly max: number;
    readonly seconds: Lognormal;
    readonly maxSeconds: number;
  };
  readonly errors: {
    /** Share of sessions with an error at all, and of those that end with it. */
    readonly share: number;
    readonly fatal: number;
  };
}
