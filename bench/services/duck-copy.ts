import { availableParallelism } from 'node:os';
import { telemetry } from '../../pipelines/acme/record.ts';
import { openDuck, sqlIdentifier, sqlString } from '../../src/duck/duck.ts';
import { duckColumns } from '../../src/record/columns.ts';

/** `duck-copy.ts NDJSON FOLDER`: DuckDB alone, from a file to Parquet by hour: the limit that a delivery to Parquet is held against. */
const [ndjson = '', folder = ''] = process.argv.slice(2);
const columns = duckColumns(telemetry).map(({ name, type }) => `${sqlIdentifier(name)}: ${sqlString(type)}`);
const duck = await openDuck({
  memoryBytes: 2 * 1024 ** 3,
  threads: availableParallelism(),
  temporaryDirectory: `${folder}.spill`,
});
const session = await duck.connect();
const records = await session.run(
  `COPY (SELECT *, left(event_timestamp, 13) AS hour
         FROM read_json(${sqlString(ndjson)}, format = 'newline_delimited', columns = {${columns.join(', ')}}))
   TO ${sqlString(folder)} (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (hour))`,
);
process.stdout.write(`${records}\n`);
await duck.close();
