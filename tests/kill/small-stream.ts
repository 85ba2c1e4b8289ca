import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';
import { stream } from '../../src/stream/definition.ts';

/** What both sources of the small pipeline write: the log writer's ticks and the simulator's events. */
export const Tick = defineRecord('tick', {
  fields: { id: field.string(), at: field.string({ format: 'iso-timestamp' }), seconds: field.int() },
});

/** A stream so small that every step behind it is reached several times in a few hundred records. */
export const ticks = stream({ topic: 'ticks', record: Tick, partitions: 3 });

/** A record as its source made it: the truth that landing and the curated table are held against. */
export interface TrueRecord {
  /** Its bytes, one character each, without the newline. */
  readonly line: string;
  /** Broken records belong to the error prefix, not to the tables. */
  readonly broken: boolean;
}
