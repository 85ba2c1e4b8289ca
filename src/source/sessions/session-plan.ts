/** Most pauses and stalls of a session that a plan can hold; models are checked against it. */
export const maxPauses = 16;
export const maxStalls = 64;
/** Most kinds of device, and screens at once: both stand in four bits of a device's id. */
export const maxDevices = 16;
export const maxScreens = 16;

/**
 * One session from its first frame to its end. A single plan is filled again and again: hundreds of thousands are drawn
 * a second.
 */
export class SessionPlan {
  viewer = 0;
  title = 0;
  /** Indexes into the names of `SessionVocabulary`. */
  device = 0;
  os = 0;
  quality = 0;
  connection = 0;
  /** What `connection` is chosen by: 32 bits. */
  connectionDraw = 0;
  /** The screen of the household that it occupies, from 0. */
  screen = 0;
  /** As `AppReleases.at` gives it. */
  release = 0;
  /** Hundredths of Mbps. */
  bandwidth = 0;
  titleSeconds = 0;
  /** Content played, seconds. */
  playSeconds = 0;
  /** Waited in vain for the first frame, seconds; 0 where it came. */
  waitedSeconds = 0;
  completes = false;
  errors = 0;
  pauseCount = 0;
  /** Playhead at each pause, ascending, seconds. */
  readonly pauseAt = new Int32Array(maxPauses);
  readonly pauseMs = new Int32Array(maxPauses);
  stallCount = 0;
  /** Playhead at each stall, ascending, seconds. */
  readonly stallAt = new Int32Array(maxStalls);
  readonly stallSeconds = new Int32Array(maxStalls);
  /** From the start event to the stop or complete event. */
  lengthMs = 0;
}

/** The names that a model gives to devices and the rest, in the order of their numbers. */
export interface SessionVocabulary {
  readonly devices: readonly string[];
  readonly oses: readonly string[];
  readonly qualities: readonly string[];
  readonly connections: readonly string[];
}
