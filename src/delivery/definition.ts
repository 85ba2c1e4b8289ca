import { unknownSettings } from '../base/unknown-settings.ts';

export type Compression = 'gzip' | 'snappy' | 'zip' | 'none';

export type DeliveryFormat =
  /** `level`: zlib's for gzip and zip, 1 (fast) to 9 (small); 6 where absent, as gzip(1). */
  | { readonly format: 'json'; readonly compression: Compression; readonly level?: number }
  | { readonly format: 'parquet'; readonly compression: 'snappy' | 'zstd' };

/** Stream → objects in the lake, with Firehose's semantics, exactly once. */
export interface DeliveryDefinition {
  readonly kind: 'delivery';
  /** Address of the stream. */
  readonly from: string;
  /** Address of the table whose location the prefix lies under; its partitions are registered at commit. */
  readonly table?: string;
  /** Firehose prefix expression: `!{timestamp:…}`, `!{firehose:random-string}`, `!{partitionKeyFromQuery:…}`. */
  readonly prefix: string;
  readonly errorPrefix: string;
  readonly timezone: string;
  readonly buffer: { readonly sizeBytes: number; readonly intervalMs: number };
  readonly output: DeliveryFormat;
  /** Firehose's AppendDelimiterToRecord: a newline after every record. The original had none and lost rows. */
  readonly newline: boolean;
  /** Dynamic partitioning: name → jq path. */
  readonly partitionKeys?: Readonly<Record<string, string>>;
  /** Source backup: raw records, as they came, under this prefix too. */
  readonly backupPrefix?: string;
  readonly extension?: string;
  /** Partition subsets delivered side by side, one writer each. */
  readonly lanes: number;
}

export function json(settings: { compression?: Compression; level?: number } = {}): DeliveryFormat {
  return {
    format: 'json',
    compression: settings.compression ?? 'none',
    ...(settings.level === undefined ? {} : { level: settings.level }),
  };
}

export function parquet(settings: { compression?: 'snappy' | 'zstd' } = {}): DeliveryFormat {
  return { format: 'parquet', compression: settings.compression ?? 'snappy' };
}

const deliverySettings = [
  'from',
  'table',
  'prefix',
  'errorPrefix',
  'timezone',
  'buffer',
  'format',
  'newline',
  'partitionKeys',
  'backupPrefix',
  'extension',
  'lanes',
];

export function delivery(settings: {
  from: string;
  table?: string;
  prefix: string;
  errorPrefix?: string;
  timezone?: string;
  buffer?: { size?: number; interval?: number };
  format?: DeliveryFormat;
  newline?: boolean;
  partitionKeys?: Record<string, string>;
  backupPrefix?: string;
  extension?: string;
  lanes?: number;
}): DeliveryDefinition {
  const { table, partitionKeys, backupPrefix, extension } = settings;
  return {
    kind: 'delivery',
    from: settings.from,
    prefix: settings.prefix,
    errorPrefix:
      settings.errorPrefix ??
      'errors/!{firehose:error-output-type}/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/',
    timezone: settings.timezone ?? 'UTC',
    buffer: { sizeBytes: settings.buffer?.size ?? 5 * 1024 ** 2, intervalMs: settings.buffer?.interval ?? 300_000 },
    output: settings.format ?? json(),
    newline: settings.newline ?? true,
    lanes: settings.lanes ?? 1,
    ...(table === undefined ? {} : { table }),
    ...(partitionKeys === undefined ? {} : { partitionKeys }),
    ...(backupPrefix === undefined ? {} : { backupPrefix }),
    ...(extension === undefined ? {} : { extension }),
    ...unknownSettings(settings, deliverySettings, { buffer: ['size', 'interval'] }),
  };
}
