/** How a delivery spends its share of the memory budget. */
export interface MemoryShare {
  /** Records of one plan: the next plan's are read while this one's are delivered. */
  readonly planBytes: number;
  /** One fetch of one partition. */
  readonly fetchBytes: number;
}

/** Flushes of one plan: it and its commit stay small objects. */
export const maxFlushesAPlan = 256;

const defaultShareBytes = 128 * 1024 ** 2;

/** A quarter each for the plan under way and the one being read; the rest for fetches, framed and packed bytes. */
export function memoryShare(memoryBytes = defaultShareBytes, partitions = 1): MemoryShare {
  const fetchBytes = memoryBytes / 4 / Math.max(1, partitions);
  return { planBytes: memoryBytes / 4, fetchBytes: Math.max(16 * 1024, Math.min(1024 ** 2, Math.floor(fetchBytes))) };
}
