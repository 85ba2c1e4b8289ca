import { storageClasses } from '../../govern/lifecycle.ts';
import { comparisonOperators, missingDataTreatments } from '../../observe/definition.ts';
import { measureNames } from '../../observe/measures.ts';
import { keeps, rowsMade } from '../../transform/definition.ts';
import { checkList } from './check-shapes.ts';
import { reportShape } from './report-shape.ts';
import { restShape } from './rest-shape.ts';
import type { Kind } from './sections.ts';
import {
  anyText,
  flag,
  list,
  matching,
  named,
  number,
  object,
  oneOf,
  optional,
  type Shape,
  text,
  variant,
  wholeNumber,
} from './shape.ts';

const positive = wholeNumber({ min: 1 });
const prefix = matching(/^(?!\/)(.*\/)?$/, 'a prefix that ends in "/" and does not start with it');
const sqlName = matching(/^[a-z_][a-z0-9_]*$/, 'a name of lower-case letters, digits and "_"');
const recordType = object({ name: text, version: positive, fields: named(object({ type: text }, true)) });
const partitionType = oneOf('int', 'bigint', 'string', 'date');

/** Milliseconds of event time, all of it, or the record's own partition. */
const uniqueWindow: Shape = (value, path, report) => {
  if (value !== 'unlimited' && value !== 'partition') wholeNumber({ min: 0 })(value, path, report);
};

/** What a definition of each kind must look like; what it refers to is checked in `validate/references.ts`. */
export const shapes: Readonly<Record<Kind, Shape>> = {
  stream: object({
    kind: oneOf('stream'),
    topic: matching(/^[A-Za-z0-9._-]{1,249}$/, 'a topic name (letters, digits, ".", "_", "-", at most 249)'),
    record: recordType,
    key: optional(text),
    partitions: wholeNumber({ min: 1, max: 4096 }),
    retentionMs: positive,
    cleanup: oneOf('delete', 'compact'),
  }),
  source: variant('source', {
    rest: restShape,
    'seed-table': object({
      kind: oneOf('source'),
      source: oneOf('seed-table'),
      into: text,
      sql: text,
      sqlPath: text,
      rows: positive,
      seed: wholeNumber({ min: 0 }),
      asOf: matching(/^\d{4}-\d{2}-\d{2}$/, 'a date as 2025-08-11'),
    }),
    sessions: object(
      {
        kind: oneOf('source'),
        source: oneOf('sessions'),
        into: text,
        viewers: object({ table: text }, true),
        titles: object({ table: text }, true),
        seed: wholeNumber({ min: 0 }),
        eventsPerDay: positive,
        fields: named(() => {}),
      },
      true,
    ),
  }),
  gateway: object({
    kind: oneOf('gateway'),
    into: text,
    limits: object({
      bodyBytes: positive,
      inflatedBytes: positive,
      records: positive,
      depth: wholeNumber({ min: 2 }),
      requests: positive,
      rateWindowMs: positive,
    }),
    cors: list(matching(/^https?:\/\/[^/\s*]+$/, 'an origin as https://shows.example')),
    idempotencyMs: positive,
  }),
  table: object({
    kind: oneOf('table'),
    database: sqlName,
    name: sqlName,
    record: recordType,
    location: prefix,
    format: oneOf('json', 'csv', 'parquet'),
    compression: optional(oneOf('snappy', 'zstd')),
    partitions: named(partitionType),
    layout: optional(text),
    objects: oneOf('commits', 'listing'),
  }),
  delivery: object({
    kind: oneOf('delivery'),
    from: text,
    table: optional(text),
    prefix: anyText,
    errorPrefix: text,
    timezone: text,
    buffer: object({ sizeBytes: positive, intervalMs: wholeNumber({ min: 0 }) }),
    output: variant('format', {
      json: object({ format: oneOf('json'), compression: oneOf('gzip', 'snappy', 'zip', 'none') }),
      parquet: object({ format: oneOf('parquet'), compression: oneOf('snappy', 'zstd') }),
    }),
    newline: flag,
    partitionKeys: optional(named(text)),
    backupPrefix: optional(anyText),
    extension: optional(text),
    lanes: positive,
  }),
  crawler: object({
    kind: oneOf('crawler'),
    path: prefix,
    database: sqlName,
    tablePrefix: anyText,
    table: optional(sqlName),
    schemaChange: object({ update: oneOf('update', 'log'), delete: oneOf('delete', 'deprecate', 'log') }),
  }),
  job: object({
    kind: oneOf('job'),
    from: text,
    into: text,
    sql: text,
    sqlPath: text,
    each: optional(object({ of: text, with: list(text) })),
    rows: oneOf(...rowsMade),
    incremental: optional(
      variant('by', {
        hour: object({ by: oneOf('hour'), field: text }),
        day: object({ by: oneOf('day'), field: text }),
        partition: object({ by: oneOf('partition') }),
      }),
    ),
    unique: optional(
      object({ key: list(text, 1), as: optional(list(text, 1)), keep: oneOf(...keeps), within: uniqueWindow }),
    ),
    daysBefore: optional(positive),
    lookUps: optional(list(text, 1)),
    checks: optional(checkList),
  }),
  workgroup: object({
    kind: oneOf('workgroup'),
    scanLimitBytes: optional(positive),
    results: optional(prefix),
  }),
  query: object({
    kind: oneOf('query'),
    title: text,
    description: anyText,
    database: optional(sqlName),
    workgroup: optional(text),
    sql: text,
    sqlPath: text,
  }),
  schedule: object({
    kind: oneOf('schedule'),
    expression: text,
    target: object({ run: text, arguments: optional(named(() => {})) }),
  }),
  trigger: object({ kind: oneOf('trigger'), table: text, target: object({ run: text }) }),
  metric: object({
    kind: oneOf('metric'),
    namespace: text,
    name: text,
    dimensions: named(text),
    measure: oneOf(...measureNames),
    of: text,
  }),
  lifecycle: object({
    kind: oneOf('lifecycle'),
    logExpirationDays: optional(positive),
    rules: list(
      object({
        id: matching(/^[\x20-\x7e]{1,255}$/, 'a name of at most 255 ASCII characters'),
        enabled: flag,
        prefix: anyText,
        tags: optional(named(anyText)),
        sizeGreaterThan: optional(wholeNumber({ min: 0 })),
        sizeLessThan: optional(positive),
        transitions: list(object({ days: wholeNumber({ min: 0 }), storageClass: oneOf(...storageClasses) })),
        expirationDays: optional(positive),
        expiredDeleteMarkers: flag,
        noncurrentExpiration: optional(object({ days: positive, keep: wholeNumber({ min: 0, max: 100 }) })),
        abortIncompleteUploadDays: optional(positive),
      }),
      1,
    ),
  }),
  alarm: object({
    kind: oneOf('alarm'),
    name: matching(/^[\x20-\x7e]{1,255}$/, 'a name of at most 255 ASCII characters'),
    description: anyText,
    metric: text,
    statistic: text,
    periodMs: positive,
    comparisonOperator: oneOf(...comparisonOperators),
    threshold: number,
    evaluationPeriods: positive,
    datapointsToAlarm: positive,
    treatMissingData: oneOf(...missingDataTreatments),
    evaluateLowSampleCountPercentile: oneOf('evaluate', 'ignore'),
    alarmActions: list(text),
    okActions: list(text),
    insufficientDataActions: list(text),
  }),
  detector: object({
    kind: oneOf('detector'),
    table: text,
    time: text,
    stepMs: positive,
    windowsMs: list(positive, 1),
    learnMs: positive,
    warmUpMs: positive,
    dimensions: named(text),
    measures: named(
      variant('measure', {
        count: object({ measure: oneOf('count'), of: text, by: list(text), leastChange: optional(number) }),
        ratio: object({
          measure: oneOf('ratio'),
          of: text,
          over: text,
          by: list(text),
          leastChange: optional(number),
          warmUpMs: optional(positive),
        }),
      }),
    ),
    names: named(object({ measure: text, in: list(text, 1), is: optional(oneOf('high', 'low')) })),
    sensitivity: object({ falseAlarmsPerDay: number, leastChange: number, leastVolume: positive }),
  }),
  report: reportShape,
};
