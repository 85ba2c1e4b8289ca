import type { Effects } from '../../base/effects.ts';
import { type FieldCipher, plainFields } from '../../base/field-cipher.ts';
import type { SqliteAccess } from '../../base/sqlite.ts';
import { type EventStore, openEventStore } from './event-store.ts';
import { type LineageEndpoint, type LineageReporter, lineageReporter } from './reporter.ts';

/** What runs tell about themselves: where it is kept, and who is told. */
export interface LineageEvents extends LineageReporter {
  readonly store: Pick<EventStore, 'counts' | 'events'>;
}

/** Opens the events of a home. */
export function openLineageEvents(
  file: string,
  endpoint: LineageEndpoint | undefined,
  effects: Effects,
  access: SqliteAccess,
  fields: FieldCipher = plainFields,
): LineageEvents {
  const store = openEventStore(file, access, fields);
  return { ...lineageReporter(store, endpoint, effects), store };
}
