import type { Catalog } from '../catalog/catalog.ts';
import type { Duck } from '../duck/duck.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { SessionsSource } from './definition.ts';
import { readReference } from './read-reference.ts';
import { type ReferenceTable, referenceRelations } from './reference-relations.ts';
import type { Injection } from './sessions/injection.ts';
import { SessionSource } from './sessions/session-source.ts';
import type { TruthSink } from './sessions/truth.ts';

/** A sessions source with what its definition names by address. */
export interface BoundSessions {
  /** Address: the first part of its identity in the log. */
  readonly address: string;
  readonly definition: SessionsSource;
  /** The record field that is the stream's partition key. */
  readonly key?: string;
  readonly viewers: ReferenceTable;
  readonly titles: ReferenceTable;
}

export interface SessionOptions {
  /** In place of the definition's. */
  readonly seed?: number;
  /** Events of a weekday, in place of the definition's. */
  readonly eventsPerDay?: number;
  /** Events a second at every hour, in place of the daily curve. */
  readonly rate?: number;
  readonly injection?: Injection;
}

export interface ReferencePorts {
  readonly store: ObjectStore;
  readonly catalog: Catalog;
  readonly duck: Duck;
}

/** Reads the reference tables and sets up the simulation. PH_REFERENCE_MISSING, PH_CONFIG_INVALID, PH_USAGE. */
export async function openSessions(
  bound: BoundSessions,
  { store, catalog, duck }: ReferencePorts,
  options: SessionOptions = {},
  truth?: TruthSink,
): Promise<SessionSource> {
  const { address, key } = bound;
  const { rate, injection, seed, eventsPerDay } = options;
  const definition = {
    ...bound.definition,
    seed: seed ?? bound.definition.seed,
    eventsPerDay: eventsPerDay ?? bound.definition.eventsPerDay,
  };
  await using session = await duck.connect();
  const { titles, viewers } = bound;
  const reference = await readReference(
    session,
    definition,
    await referenceRelations({ titles, viewers }, catalog, store),
  );
  return new SessionSource(
    {
      address,
      definition,
      ...(key === undefined ? {} : { key }),
      ...(rate === undefined ? {} : { rate }),
      ...(injection === undefined ? {} : { injection }),
    },
    reference,
    truth,
  );
}
