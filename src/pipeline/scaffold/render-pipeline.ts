import { constantName } from './names.ts';
import { quoted } from './render-record.ts';

export interface PipelineText {
  readonly pipeline: string;
  readonly database: string;
  readonly key?: string;
  /** Partition columns of landing, by arrival: year, month, day, hour, or other names where fields have these. */
  readonly arrival: readonly string[];
  /** Partition columns of the curated table by event time; none: it is one partition, made anew by each run. */
  readonly event?: { readonly by: 'hour' | 'day'; readonly field: string; readonly columns: readonly string[] };
}

const arrivalPatterns = ['yyyy', 'MM', 'dd', 'HH'];

/** The source of `index.ts`. */
export function renderPipeline(text: PipelineText): string {
  const { pipeline, database, key, arrival, event } = text;
  const folders = arrival.map((name, i) => `${name}=!{timestamp:${arrivalPatterns[i]}}/`).join('');
  const incremental =
    event === undefined
      ? ''
      : `\n      incremental: ${event.by === 'hour' ? 'byHour' : 'byDay'}(${quoted(event.field)}),`;
  const unique = key === undefined ? '' : `\n      unique: { key: [${quoted(key)}], keep: 'first' },`;
  const imports = [
    ...(event === undefined ? [] : [event.by === 'hour' ? 'byHour' : 'byDay']),
    ...[
      'days',
      'definePipeline',
      'delivery',
      'every',
      'json',
      'mebibytes',
      'minutes',
      'namedQueries',
      'run',
      'seconds',
      'sqlFile',
      'sqlJob',
      'stream',
      'table',
    ],
  ];
  return `import {
${imports.map((name) => `  ${name},`).join('\n')}
} from 'playhead';
import { curatedRecord, record } from './record.ts';

const folder = import.meta.dirname;

export const ${constantName(pipeline)} = definePipeline(${quoted(pipeline)}, {
  // Records come in here: \`playhead produce records --file FILE\`.
  streams: {
    records: stream({ topic: ${quoted(pipeline)}, record,${key === undefined ? '' : ` key: ${quoted(key)},`} partitions: 4, retention: days(7) }),
  },
  // From the stream into objects of the lake, exactly once: \`playhead deliver --drain\`.
  deliveries: {
    firehose: delivery({
      from: 'records',
      table: 'landing',
      prefix: ${quoted(`landing/${pipeline}/${folders}`)},
      buffer: { size: mebibytes(5), interval: seconds(60) },
      format: json({ compression: 'gzip' }),
    }),
  },
  tables: {
    // As it came, by the hour of arrival.
    landing: table({
      database: ${quoted(database)},
      name: 'landing',
      record,
      location: ${quoted(`landing/${pipeline}/`)},
      format: 'json',
      partitions: { ${arrival.map((name) => `${name}: 'int'`).join(', ')} },
    }),
    // Typed and checked${key === undefined ? '' : ', each key once'}${event === undefined ? '' : `, by the ${event.by} in which it happened`}.
    curated: table({
      database: ${quoted(database)},
      name: 'curated',
      record: curatedRecord,
      location: ${quoted(`curated/${pipeline}/`)},
      format: 'parquet',${event === undefined ? '' : `\n      partitions: { ${event.columns.map((name) => `${name}: ${name === 'dt' || name === 'date' ? "'date'" : "'int'"}`).join(', ')} },`}
    }),
  },
  // From landing to curated: \`playhead run curate\`.
  jobs: {
    curate: sqlJob({
      from: 'landing',
      into: 'curated',
      sql: sqlFile(folder, 'jobs/curate.sql'),
      rows: 'one-to-one',${incremental}${unique}
    }),
  },
  // \`playhead query --saved count\`
  queries: namedQueries(folder, 'queries'),
  // What \`playhead start\` runs.
  schedules: {
    deliver: every(minutes(1), run('firehose')),
    refine: every(minutes(10), run('curate')),
  },
});
`;
}

/** The source of `playhead.config.ts`. */
export function renderConfig(pipeline: string): string {
  const name = constantName(pipeline);
  return `import { defineConfig } from 'playhead';
import { ${name} } from './pipelines/${pipeline}/index.ts';

export const config = defineConfig({ pipelines: [${name}] });
`;
}
