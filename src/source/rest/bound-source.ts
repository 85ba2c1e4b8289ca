import type { Catalog } from '../../catalog/catalog.ts';
import type { TableDefinition } from '../../catalog/definition.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import type { FindErasedIds } from '../../stream/erased-ids.ts';
import type { RestSource } from './definition.ts';

/** A REST source with the tables that its endpoints name by address. */
export interface BoundRestSource {
  /** Address, and name of its commit series. */
  readonly name: string;
  readonly definition: RestSource;
  /** By endpoint. */
  readonly targets: Readonly<Record<string, TableDefinition>>;
}

export interface RestPorts {
  readonly store: ObjectStore;
  readonly catalog: Catalog;
  /** Whose records are taken no more. */
  readonly findErased: FindErasedIds;
}
