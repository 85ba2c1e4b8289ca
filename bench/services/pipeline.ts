import { telemetry } from '../../pipelines/acme/record.ts';
import { definePipeline, delivery, json, mebibytes, minutes, parquet, stream, table } from '../../src/index.ts';

const byHour = 'year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/';
const buffer = { size: mebibytes(64), interval: minutes(15) };

/** One stream, delivered twice: what the benchmark on services runs. */
export const compared = definePipeline('compared', {
  streams: { events: stream({ topic: 'events', record: telemetry, key: 'customer_id', partitions: 20 }) },
  tables: {
    landing: table({
      database: 'compared',
      name: 'landing',
      record: telemetry,
      location: 'parquet/',
      format: 'parquet',
      partitions: { year: 'int', month: 'int', day: 'int', hour: 'int' },
    }),
  },
  deliveries: {
    json: delivery({ from: 'events', prefix: `json/${byHour}`, buffer, format: json({ compression: 'gzip' }) }),
    parquet: delivery({ from: 'events', table: 'landing', prefix: `parquet/${byHour}`, buffer, format: parquet() }),
  },
});
