import { duckColumns } from '../../src/record/columns.ts';
import type { RecordType } from '../../src/record/type.ts';

const sparkTypes: Readonly<Record<string, string>> = {
  VARCHAR: 'STRING',
  INTEGER: 'INT',
  BIGINT: 'BIGINT',
  DOUBLE: 'DOUBLE',
  BOOLEAN: 'BOOLEAN',
};

/** A record type as Spark's `from_json` takes it: `event_id STRING, …`. */
export function sparkSchema(record: RecordType): string {
  return duckColumns(record)
    .map(({ name, type }) => {
      const spark = sparkTypes[type];
      if (spark === undefined) throw new Error(`${name}: Spark's name of ${type} is not known here`);
      return `${name} ${spark}`;
    })
    .join(', ');
}
