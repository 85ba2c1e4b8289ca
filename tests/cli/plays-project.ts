import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Terminal } from './terminal.ts';

const pipeline = `
  import { byHour, check, crawler, defineRecord, definePipeline, delivery, every, field, json, minutes, run, sqlJob, stream, table,
    workgroup } from 'playhead';
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
        sql: { text: 'SELECT play_id, played_at, seconds FROM plays.landing', path: 'curate.sql' }, unique: { key: ['play_id'] }, CHECKS }),
    },
  });
`;

/**
 * A project of one stream, delivery and job; its records are plays of ten a minute. `more`: source text, for its tables, its
 * jobs, the checks of its job, and sections besides.
 */
export function writePlaysProject(
  folder: string,
  more: Readonly<Partial<Record<'tables' | 'jobs' | 'checks' | 'sections', string>>> = {},
): void {
  mkdirSync(join(folder, 'pipelines'));
  const { tables = '', jobs = '', checks = '', sections = '' } = more;
  const text = pipeline
    .replace('tables: {', () => `tables: { ${tables}`)
    .replace('jobs: {', () => `${sections} jobs: { ${jobs}`)
    .replace('CHECKS', () => `checks: [${checks}]`);
  writeFileSync(join(folder, 'pipelines/plays.ts'), text);
  writeFileSync(
    join(folder, 'playhead.config.ts'),
    `import { defineConfig } from 'playhead';
     import { plays } from './pipelines/plays.ts';
     const engine = { backend: 'duckdb', threads: 1 };
     export const config = defineConfig({ pipelines: [plays], profiles: { embedded: { engine } } });`,
  );
}

export function playLine(n: number, seconds: number | string = n): string {
  return `{"play_id":"p${n}","played_at":"2025-08-11T11:${String(n).padStart(2, '0')}:00Z","seconds":${seconds}}`;
}

const minuteMs = 60_000;

/**
 * Three batches delivered (commits 1 to 3), two of them curated (commits 0 and 1), a fourth waiting in the log; each step a
 * minute after the one before. The runs are 1, 3 and 5 of the delivery, 2 and 4 of the job. Batch 2 has a line that is no
 * record, play 4 once more, and a play 6 that can't be typed. `between` is called when batch 2 was curated.
 */
export async function playThrough(terminal: Terminal, between: () => void = () => {}): Promise<void> {
  const produce = async (batch: number, lines: readonly string[]): Promise<void> => {
    await terminal.clock.advance(minuteMs);
    const words = ['produce', 'records', '--arrival-field', 'played_at', '--source', `batch-${batch}`];
    await terminal.run(words, { input: lines.join('\n') });
  };
  const step = async (...words: string[]): Promise<void> => {
    await terminal.clock.advance(minuteMs);
    await terminal.run(words);
  };
  const plays = (...numbers: readonly number[]): readonly string[] => numbers.map((n) => playLine(n));
  await produce(1, plays(1, 2, 3, 4));
  await step('deliver', '--drain');
  await step('run', 'curate');
  await produce(2, ['no record', playLine(4), playLine(5), playLine(6, '"six"')]);
  await step('deliver', '--drain');
  await step('run', 'curate');
  between();
  await produce(3, plays(7, 8, 9, 10, 11, 12));
  await step('deliver', '--drain');
  await produce(4, plays(13, 14, 15, 16));
}
