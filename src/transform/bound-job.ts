import type { Catalog } from '../catalog/catalog.ts';
import type { TableDefinition } from '../catalog/definition.ts';
import type { LeaseSettings } from '../commit/lease.ts';
import type { Duck } from '../duck/duck.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { Contributor } from '../table/contribution.ts';
import type { JobDefinition } from './definition.ts';

/** A job with the tables that its definition names by address. */
export interface BoundJob {
  /** Address, and name of its commit series. */
  readonly name: string;
  readonly definition: JobDefinition;
  /** The table that drives it, and the series whose commits are that table. */
  readonly input: {
    readonly table: TableDefinition;
    readonly series: readonly Contributor[];
    /** Its commits name whole partitions as they are now, as those of another job do, not new rows. Absent: they don't. */
    readonly restates?: boolean;
  };
  readonly target: TableDefinition;
  /** The tables that its SQL joins besides. */
  readonly lookUps?: readonly TableDefinition[];
  /** The tables that its checks refer to, by the address that stands there. */
  readonly references?: Readonly<Record<string, TableDefinition>>;
}

export interface JobPorts {
  readonly store: ObjectStore;
  readonly catalog: Catalog;
  readonly duck: Duck;
  /** The time on the arrival clock of the streams that feed the job; undefined, or absent, where there is no other clock than the wall's. */
  readonly arrivalNow?: () => Promise<number | undefined>;
}

export interface JobSettings {
  readonly signal?: AbortSignal;
  /** Input bytes, as stored, that one plan takes. */
  readonly mostBytes?: number;
  /** Wait for another process that is at the job, instead of failing with PH_LEASE_HELD; told who that is. */
  readonly wait?: Pick<NonNullable<LeaseSettings['wait']>, 'onHeld'>;
  /** Statements that run side by side, default 2: each reads on one thread and holds one partition in memory. */
  readonly workers?: number;
  /** Of commits since, no run lived to say what they held back: this one does. Asked under the lease; undefined: there are none. */
  readonly untoldSinceMs?: () => Promise<number | undefined>;
}
