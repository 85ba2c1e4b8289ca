import { PlayheadError } from '../base/errors.ts';
import { mebibytes, seconds } from '../base/units.ts';
import {
  type Compression,
  type DeliveryDefinition,
  type DeliveryFormat,
  delivery,
  json,
  parquet,
} from './definition.ts';
import { parseJqObject } from './jq.ts';
import { JsonSettings, type UntakenSetting } from './json-settings.ts';
import { deliveryProblems } from './validate.ts';

export interface FirehoseImport {
  /** DeliveryStreamName. */
  readonly name: string;
  /** What feeds it: `topic` is an MSK topic's or Kinesis stream's name; records put directly have none. */
  readonly source: { readonly kind: 'msk' | 'kinesis' | 'direct-put'; readonly topic?: string };
  readonly definition: DeliveryDefinition;
  /** Settings that the definition does not hold, each with its path in the document. */
  readonly unsupported: readonly UntakenSetting[];
  /** Where the delivery does better than the document asks. */
  readonly notes: readonly string[];
}

/** Firehose's defaults and limits for S3. */
const bufferMebibytes = { default: 5, most: 128 };
const bufferSeconds = { default: 300, most: 900 };

const compressions: Readonly<Record<string, Compression>> = {
  UNCOMPRESSED: 'none',
  GZIP: 'gzip',
  ZIP: 'zip',
  Snappy: 'snappy',
  HADOOP_SNAPPY: 'snappy',
};

/** Why a setting is not taken, by the end of its path; anything else is simply not known here. */
const reasons: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/RoleARN|Connectivity$|AuthenticationConfiguration/, 'access is given where the profile binds the ports'],
  [/BucketARN$/, 'the bucket is where the profile binds the lake'],
  [/MSKClusterARN$|KinesisStreamARN$/, 'the broker is where the profile binds the stream'],
  [/CloudWatchLoggingOptions/, 'runs and their logs are kept by Playhead itself'],
  [/Encryption/, 'encryption at rest is a setting of the profile'],
  [/Tags/, 'tags belong to the deployment'],
  [/SchemaConfiguration/, 'the schema is that of the pipeline’s table'],
  [/OrcSerDe/, 'ORC is not written; Parquet is'],
  [/ParquetSerDe/, 'Parquet is written with Snappy or ZSTD and DuckDB’s own sizes'],
  [/RetryOptions|ReadFromTimestamp/, 'delivery retries from the log, from its oldest record'],
  [/Processors\[\d+\]/, 'this processor is not carried out; transform with a job'],
  [
    /^(Redshift|Elasticsearch|Amazonopensearch|AmazonOpenSearchServerless|Splunk|HttpEndpoint|Snowflake|Iceberg)/,
    'only S3 destinations are taken',
  ],
];

/**
 * Reads a `create-delivery-stream --cli-input-json` document into a delivery. `from` is the address of the stream in the
 * pipeline. Throws PH_CONFIG_INVALID for what is not such a document and for
 * values that Firehose would not take, with their paths, PH_PATTERN_INVALID for a jq query beyond paths.
 */
export function importFirehose(document: string, from?: string): FirehoseImport {
  const settings = new JsonSettings(parseDocument(document));
  const name = settings.text('DeliveryStreamName');
  const base = ['ExtendedS3DestinationConfiguration', 'S3DestinationConfiguration'].find(
    (key) => settings.peek(key) !== undefined,
  );
  if (name === undefined || base === undefined)
    throw notFirehose(name === undefined ? 'DeliveryStreamName' : 'ExtendedS3DestinationConfiguration');
  const source = sourceOf(settings);
  const notes: string[] = [];
  const { newline, partitionKeys } = processors(settings, base, notes);
  const converted = formatOf(settings, base);
  const definition = delivery({
    from: from ?? source.topic ?? name,
    prefix: settings.text(`${base}.Prefix`) ?? '',
    buffer: bufferOf(settings, base),
    format: converted.format,
    newline,
    ...optional('table', converted.table),
    ...optional('errorPrefix', settings.text(`${base}.ErrorOutputPrefix`)),
    ...optional('timezone', settings.text(`${base}.CustomTimeZone`)),
    ...optional('extension', settings.text(`${base}.FileExtension`)),
    ...optional('partitionKeys', partitionKeys),
    ...optional('backupPrefix', backupPrefix(settings, base)),
  });
  refuseProblems(definition, base);
  const unsupported = settings.untaken().map((path) => ({ path, why: reasonOf(path) }));
  return { name, source, definition, unsupported, notes };
}

/** Where a setting of the delivery stands in the document, below its destination. */
const documentPaths: Readonly<Record<string, string>> = {
  prefix: 'Prefix',
  errorPrefix: 'ErrorOutputPrefix',
  backupPrefix: 'S3BackupConfiguration.Prefix',
};

function refuseProblems(definition: DeliveryDefinition, base: string): void {
  const problems = deliveryProblems(definition).map(
    ({ path, message }) => `${base}.${documentPaths[path] ?? path}: ${message}`,
  );
  if (problems.length > 0) throw new PlayheadError('PH_CONFIG_INVALID', problems.join('\n'), { details: { problems } });
}

function parseDocument(document: string): unknown {
  try {
    return JSON.parse(document);
  } catch (cause) {
    throw new PlayheadError('PH_CONFIG_INVALID', `not JSON: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
      hint: 'Give the file that `aws firehose create-delivery-stream --cli-input-json` takes',
    });
  }
}

function sourceOf(settings: JsonSettings): FirehoseImport['source'] {
  settings.take('DeliveryStreamType');
  const topic = settings.text('MSKSourceConfiguration.TopicName');
  if (topic !== undefined) return { kind: 'msk', topic };
  const arn = settings.peek('KinesisStreamSourceConfiguration.KinesisStreamARN');
  if (typeof arn === 'string') return { kind: 'kinesis', topic: arn.slice(arn.lastIndexOf('/') + 1) };
  return { kind: 'direct-put' };
}

function bufferOf(settings: JsonSettings, base: string): { size: number; interval: number } {
  // With format conversion Firehose takes its hints from 64 MiB up; a smaller one is honoured here.
  const size = settings.number(`${base}.BufferingHints.SizeInMBs`, 1, bufferMebibytes.most) ?? bufferMebibytes.default;
  const interval =
    settings.number(`${base}.BufferingHints.IntervalInSeconds`, 0, bufferSeconds.most) ?? bufferSeconds.default;
  return { size: mebibytes(size), interval: seconds(interval) };
}

function formatOf(settings: JsonSettings, base: string): { format: DeliveryFormat; table?: string } {
  const chosen = settings.choice(`${base}.CompressionFormat`, Object.keys(compressions));
  const known = chosen === undefined ? undefined : compressions[chosen];
  const conversion = `${base}.DataFormatConversionConfiguration`;
  if (settings.peek(conversion) === undefined || !isEnabled(settings, conversion)) {
    return { format: json({ compression: known ?? 'none' }) };
  }
  // Either deserializer reads JSON objects, as conversion here does.
  settings.take(`${conversion}.InputFormatConfiguration`);
  const compressionPath = `${conversion}.OutputFormatConfiguration.Serializer.ParquetSerDe.Compression`;
  if (settings.peek(compressionPath) === 'SNAPPY') settings.take(compressionPath);
  settings.text(`${conversion}.SchemaConfiguration.DatabaseName`);
  return { format: parquet(), ...optional('table', settings.text(`${conversion}.SchemaConfiguration.TableName`)) };
}

/** `Enabled` is taken either way; absent, it means true. */
function isEnabled(settings: JsonSettings, path: string): boolean {
  const enabled = settings.peek(`${path}.Enabled`) === undefined || settings.flag(`${path}.Enabled`);
  if (!enabled) settings.take(path);
  return enabled;
}

function processors(
  settings: JsonSettings,
  base: string,
  notes: string[],
): { newline: boolean; partitionKeys?: Readonly<Record<string, string>> } {
  const dynamic = `${base}.DynamicPartitioningConfiguration`;
  if (settings.peek(dynamic) !== undefined) isEnabled(settings, dynamic);
  const root = `${base}.ProcessingConfiguration`;
  let delimited = false;
  let partitionKeys: Readonly<Record<string, string>> | undefined;
  const list = settings.peek(`${root}.Processors`);
  if (Array.isArray(list) && isEnabled(settings, root)) {
    for (const [i] of list.entries()) {
      const path = `${root}.Processors[${i}]`;
      const type = settings.peek(`${path}.Type`);
      if (type === 'AppendDelimiterToRecord') delimited = takeDelimiter(settings, path) || delimited;
      if (type === 'MetadataExtraction') partitionKeys = takeQuery(settings, path);
    }
  }
  if (!delimited) {
    notes.push(
      'no AppendDelimiterToRecord: Firehose would run records together on one line; here each ends in a newline',
    );
  }
  return { newline: true, ...optional('partitionKeys', partitionKeys) };
}

/** Firehose takes the delimiter as text, where `\\n` stands for a newline. */
function takeDelimiter(settings: JsonSettings, path: string): boolean {
  const delimiter = parameter(settings, path, 'Delimiter') ?? '\\n';
  if (delimiter !== '\\n' && delimiter !== '\n') return false;
  settings.take(path);
  return true;
}

function takeQuery(settings: JsonSettings, path: string): Readonly<Record<string, string>> | undefined {
  const query = parameter(settings, path, 'MetadataExtractionQuery');
  if (query === undefined) return undefined;
  settings.take(path);
  return parseJqObject(query);
}

function parameter(settings: JsonSettings, path: string, name: string): string | undefined {
  const list = settings.peek(`${path}.Parameters`);
  const found = Array.isArray(list)
    ? list.findIndex((_, i) => settings.peek(`${path}.Parameters[${i}].ParameterName`) === name)
    : -1;
  const value = found < 0 ? undefined : settings.peek(`${path}.Parameters[${found}].ParameterValue`);
  return typeof value === 'string' ? value : undefined;
}

function backupPrefix(settings: JsonSettings, base: string): string | undefined {
  const enabled = settings.choice(`${base}.S3BackupMode`, ['Enabled', 'Disabled']) === 'Enabled';
  if (!enabled) return undefined;
  return settings.text(`${base}.S3BackupConfiguration.Prefix`) ?? 'source-backup/';
}

function reasonOf(path: string): string {
  return reasons.find(([pattern]) => pattern.test(path))?.[1] ?? 'not a setting that is known here';
}

function notFirehose(missing: string): PlayheadError {
  return new PlayheadError(
    'PH_CONFIG_INVALID',
    `not a Firehose configuration with an S3 destination: ${missing} is missing`,
    {
      hint: 'Give the file that `aws firehose create-delivery-stream --cli-input-json` takes',
      details: { missing },
    },
  );
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  // `as`: a computed key widens to string.
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}
