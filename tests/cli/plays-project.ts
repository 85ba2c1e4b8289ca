import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const pipeline = `
  import { byHour, defineRecord, definePipeline, delivery, field, json, sqlJob, stream, table } from 'playhead';
  const play = defineRecord('play', { fields: { play_id: field.string(), played_at: field.timestamp(), seconds: field.int() } });
  const hourly = { year: 'int', month: 'int', day: 'int', hour: 'int' } as const;
  export const plays = definePipeline('plays', {
    streams: { records: stream({ topic: 'plays', record: play, key: 'play_id', partitions: 2 }) },
    tables: {
      landing: table({ database: 'plays', name: 'landing', record: play, location: 'plays/', format: 'json', partitions: hourly }),
      curated: table({ database: 'plays', name: 'curated', record: play, location: 'curated/', format: 'parquet', partitions: hourly }),
    },
    deliveries: {
      deliver: delivery({ from: 'records', table: 'landing', format: json({ compression: 'gzip' }),
        prefix: 'plays/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/' }),
    },
    jobs: {
      curate: sqlJob({ from: 'landing', into: 'curated', rows: 'one-to-one', incremental: byHour('played_at'),
        sql: { text: 'SELECT play_id, played_at, seconds FROM plays.landing', path: 'curate.sql' }, unique: { key: ['play_id'] } }),
    },
  });
`;

/** A project of one stream, delivery and job; its records are plays of ten a minute. */
export function writePlaysProject(folder: string): void {
  mkdirSync(join(folder, 'pipelines'));
  writeFileSync(join(folder, 'pipelines/plays.ts'), pipeline);
  writeFileSync(
    join(folder, 'playhead.config.ts'),
    `import { defineConfig } from 'playhead';
     import { plays } from './pipelines/plays.ts';
     export const config = defineConfig({ pipelines: [plays] });`,
  );
}

export function playLine(n: number, seconds: number | string = n): string {
  return `{"play_id":"p${n}","played_at":"2025-08-11T11:${String(n).padStart(2, '0')}:00Z","seconds":${seconds}}`;
}
