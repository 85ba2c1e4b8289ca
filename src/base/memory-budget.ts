import { type ByteShare, byteShare } from './byte-share.ts';
import { mebibytes } from './units.ts';

/** The process's memory, divided once at start: no part can grow into another's. */
export interface MemoryBudget {
  readonly totalBytes: number;
  /** Batches on their way from sources into the stream, and from the stream to whoever reads it. */
  readonly batches: ByteShare;
  /** What all lanes of deliveries may hold together: records that are read and not yet delivered. */
  readonly deliveryBytes: number;
  /** DuckDB's own limit (`memory_limit`): it keeps to it, and spills. */
  readonly duckBytes: number;
}

/** Node itself, code, catalogs: what nobody asks for. */
const overheadBytes = mebibytes(256);
const shares = { batches: 0.15, delivery: 0.25, duck: 0.4 } as const;
const leastTotalBytes = mebibytes(512);

/**
 * Splits what a process may use (default: half of the machine's memory, at most 1.5 GiB) between batches, delivery
 * buffers and DuckDB. At least 512 MiB are taken as given.
 */
export function memoryBudget(
  machineBytes: number,
  totalBytes = Math.min(machineBytes / 2, mebibytes(1536)),
): MemoryBudget {
  const total = Math.max(leastTotalBytes, totalBytes);
  const free = total - overheadBytes;
  return {
    totalBytes: total,
    batches: byteShare('the share of memory for batches', Math.floor(free * shares.batches)),
    deliveryBytes: Math.floor(free * shares.delivery),
    duckBytes: Math.floor(free * shares.duck),
  };
}
