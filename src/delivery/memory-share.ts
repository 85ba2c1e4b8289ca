/** How a lane spends its share of the memory budget. */
export interface MemoryShare {
  /** Records of one plan: the next plans' are read while this one's are delivered. */
  readonly planBytes: number;
  /** One fetch of one partition. */
  readonly fetchBytes: number;
}

/** Plans that are read and made while another is put: a commit waits for its store a dozen times, and no core is to wait for it. */
export const plansAhead = 2;

/** Flushes of one plan: it and its commit stay small objects. */
export const maxFlushesAPlan = 256;

/** More would be records that lie longer: a lane reads on while it delivers. */
const mostLaneBytes = 128 * 1024 ** 2;

/**
 * What each of so many lanes may hold, where they share `deliveryBytes`: divided beforehand, since a lane that waits for its
 * interval gives nothing back meanwhile, and others would stand still for as long. Where a lane's share is spent, it reads no
 * further, and its records wait in the log.
 */
export function laneBytes(deliveryBytes: number, lanes: number): number {
  return Math.min(mostLaneBytes, Math.floor(deliveryBytes / Math.max(1, lanes)));
}

/** A fifth each for the plan that is put and those ahead of it; the rest for fetches and packed bytes. */
export function memoryShare(memoryBytes = mostLaneBytes, partitions = 1): MemoryShare {
  const share = Math.floor(memoryBytes / (plansAhead + 3));
  const fetchBytes = Math.floor(share / Math.max(1, partitions));
  return { planBytes: share, fetchBytes: Math.max(16 * 1024, Math.min(512 * 1024, fetchBytes)) };
}
