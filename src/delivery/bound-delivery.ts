import type { Catalog } from '../catalog/catalog.ts';
import type { TableDefinition } from '../catalog/definition.ts';
import type { Holder } from '../commit/holder.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { RecordType } from '../record/type.ts';
import type { StreamDefinition } from '../stream/definition.ts';
import type { Stream } from '../stream/stream.ts';
import type { DeliveryDefinition } from './definition.ts';
import type { DuckSource, ParquetKernel } from './parquet-kernel.ts';
import type { DeliveryCommit } from './plan.ts';

/** What is delivered, from where and to where: the definition with what its addresses name. */
export interface DeliverySubject {
  readonly address: string;
  readonly definition: DeliveryDefinition;
  readonly stream: StreamDefinition;
  readonly table?: TableDefinition;
}

/** The record type that Parquet is written by. */
export function recordOf({ table, stream }: DeliverySubject): RecordType {
  return table?.record ?? stream.record;
}

export interface DeliveryPorts {
  readonly stream: Stream;
  readonly lake: ObjectStore;
  readonly catalog: Catalog;
  /** Asked for only where Parquet is written. Flushes are converted side by side: one thread serves best. */
  readonly duck: DuckSource;
  /** Each lane's share of the memory budget, bytes: records that are read and not yet delivered. Default 128 MiB. */
  readonly memoryBytes?: number;
}

/** What a lane's writer works with. */
export interface LanePorts extends DeliveryPorts {
  readonly kernel: ParquetKernel;
}

export interface DeliveryOptions {
  readonly signal?: AbortSignal;
  /** One lane only; default all. */
  readonly lane?: number;
  /** Where another process is on this delivery: wait for it (default), or fail with PH_LEASE_HELD, which names it. */
  readonly wait?: boolean;
  /** How long the lease outlives a writer that stands still where nobody can tell whether it lives, ms; default 60,000. */
  readonly leaseTtlMs?: number;
  /** Told once of each worker that is waited for, however many lanes it holds. */
  readonly onHeld?: (holder: Holder) => void;
  /** Told once by a worker that every lane of an epoch has another: whose lane it would take over. */
  readonly onStandingBy?: (holder: Holder) => void;
  readonly onCommit?: (commit: DeliveryCommit) => void;
}
