import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import { importFirehose } from '../../src/delivery/firehose-config.ts';

const s3 = {
  RoleARN: 'arn:aws:iam::123456789012:role/firehose',
  BucketARN: 'arn:aws:s3:::media-lake',
  Prefix: 'plays/year=!{timestamp:yyyy}/month=!{timestamp:MM}/',
  ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/',
  BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 60 },
  CompressionFormat: 'GZIP',
};
const fromMsk = {
  DeliveryStreamName: 'plays-to-s3',
  DeliveryStreamType: 'MSKAsSource',
  MSKSourceConfiguration: {
    MSKClusterARN: 'arn:aws:kafka:us-east-1:123456789012:cluster/media/1',
    TopicName: 'media-plays',
    AuthenticationConfiguration: { RoleARN: 'arn:aws:iam::123456789012:role/firehose', Connectivity: 'PRIVATE' },
  },
  ExtendedS3DestinationConfiguration: s3,
};
const imported = (changes: object, root: object = {}) =>
  importFirehose(JSON.stringify({ ...fromMsk, ...root, ExtendedS3DestinationConfiguration: { ...s3, ...changes } }));

describe('import of a Firehose configuration', () => {
  it('reads source, prefixes, buffer and compression', () => {
    const { name, source, definition } = imported({});
    assert.equal(name, 'plays-to-s3');
    assert.deepEqual(source, { kind: 'msk', topic: 'media-plays' });
    assert.equal(definition.prefix, s3.Prefix);
    assert.equal(definition.errorPrefix, s3.ErrorOutputPrefix);
    assert.deepEqual(definition.buffer, { sizeBytes: 5 * 1024 ** 2, intervalMs: 60_000 });
    assert.deepEqual(definition.output, { format: 'json', compression: 'gzip' });
  });

  it('adds the newline that the document forgot, and says so', () => {
    const { definition, notes } = imported({});
    assert.equal(definition.newline, true);
    assert.match(notes.join(), /AppendDelimiterToRecord/);
    const delimited = imported({
      ProcessingConfiguration: {
        Enabled: true,
        Processors: [
          { Type: 'AppendDelimiterToRecord', Parameters: [{ ParameterName: 'Delimiter', ParameterValue: '\\n' }] },
        ],
      },
    });
    assert.deepEqual(delimited.notes, []);
  });

  it('reads dynamic partitioning, time zone, extension and source backup', () => {
    const { definition } = imported({
      Prefix: 'device=!{partitionKeyFromQuery:device}/',
      CustomTimeZone: 'Europe/Paris',
      FileExtension: '.ndjson.gz',
      DynamicPartitioningConfiguration: { Enabled: true },
      ProcessingConfiguration: {
        Enabled: true,
        Processors: [
          {
            Type: 'MetadataExtraction',
            Parameters: [
              { ParameterName: 'MetadataExtractionQuery', ParameterValue: '{device: .device.type}' },
              { ParameterName: 'JsonParsingEngine', ParameterValue: 'JQ-1.6' },
            ],
          },
        ],
      },
      S3BackupMode: 'Enabled',
      S3BackupConfiguration: { Prefix: 'raw/', BucketARN: 'arn:aws:s3:::media-lake' },
    });
    assert.deepEqual(definition.partitionKeys, { device: '.device.type' });
    assert.equal(definition.timezone, 'Europe/Paris');
    assert.equal(definition.extension, '.ndjson.gz');
    assert.equal(definition.backupPrefix, 'raw/');
  });

  it('reads conversion to Parquet with the table that gives the schema', () => {
    const { definition, unsupported } = imported({
      CompressionFormat: 'UNCOMPRESSED',
      DataFormatConversionConfiguration: {
        Enabled: true,
        InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } },
        OutputFormatConfiguration: { Serializer: { ParquetSerDe: { Compression: 'SNAPPY', BlockSizeBytes: 1048576 } } },
        SchemaConfiguration: { DatabaseName: 'media', TableName: 'plays', Region: 'us-east-1' },
      },
    });
    assert.deepEqual(definition.output, { format: 'parquet', compression: 'snappy' });
    assert.equal(definition.table, 'plays');
    const paths = unsupported.map(({ path }) => path.replace('ExtendedS3DestinationConfiguration.', ''));
    assert.ok(
      paths.includes(
        'DataFormatConversionConfiguration.OutputFormatConfiguration.Serializer.ParquetSerDe.BlockSizeBytes',
      ),
    );
    assert.ok(paths.includes('DataFormatConversionConfiguration.SchemaConfiguration.Region'));
  });

  it('names every setting that it does not take, by its path, and why', () => {
    const { unsupported } = imported(
      {
        CloudWatchLoggingOptions: { Enabled: true },
        ProcessingConfiguration: { Enabled: true, Processors: [{ Type: 'Lambda', Parameters: [] }] },
        Sponsor: 'nobody',
      },
      { Tags: [{ Key: 'a', Value: 'b' }] },
    );
    assert.deepEqual(unsupported.map(({ path }) => path).sort(), [
      'ExtendedS3DestinationConfiguration.BucketARN',
      'ExtendedS3DestinationConfiguration.CloudWatchLoggingOptions',
      'ExtendedS3DestinationConfiguration.ProcessingConfiguration.Processors[0]',
      'ExtendedS3DestinationConfiguration.RoleARN',
      'ExtendedS3DestinationConfiguration.Sponsor',
      'MSKSourceConfiguration.AuthenticationConfiguration',
      'MSKSourceConfiguration.MSKClusterARN',
      'Tags[0]',
    ]);
    const why = new Map(unsupported.map(({ path, why }) => [path.split('.').at(-1), why]));
    assert.match(why.get('Processors[0]') ?? '', /not carried out/);
    assert.match(why.get('Sponsor') ?? '', /not a setting that is known/);
  });

  for (const [path, changes, expected] of [
    ['CompressionFormat', { CompressionFormat: 'BROTLI' }, /is "BROTLI": expected UNCOMPRESSED, GZIP, ZIP/],
    ['CompressionFormat', { CompressionFormat: 'gzip' }, /is "gzip"/],
    ['BufferingHints.IntervalInSeconds', { BufferingHints: { IntervalInSeconds: '60' } }, /is "60": expected a number/],
    ['BufferingHints.SizeInMBs', { BufferingHints: { SizeInMBs: 0 } }, /is 0: expected a number from 1 to 128/],
    ['S3BackupMode', { S3BackupMode: 'enabled' }, /expected Enabled or Disabled/],
    ['CustomTimeZone', { CustomTimeZone: 1 }, /is 1: expected a text/],
    ['Prefix', { Prefix: 'a/!{timestmap:yyyy}/' }, /position 4: .*timestamp/],
    ['ErrorOutputPrefix', { ErrorOutputPrefix: 'e/!{firehose:error-type}/' }, /error-output-type/],
  ] as const) {
    it(`refuses ${JSON.stringify(changes)}, naming the path, the value and what was expected`, () => {
      assert.throws(
        () => imported(changes),
        (error) =>
          isPlayheadError(error, 'PH_CONFIG_INVALID') &&
          error.message.startsWith(`ExtendedS3DestinationConfiguration.${path}`) &&
          expected.test(error.message),
      );
    });
  }

  it('reads a Kinesis source and a direct one', () => {
    const kinesis = {
      KinesisStreamSourceConfiguration: { KinesisStreamARN: 'arn:aws:kinesis:eu-west-1:1:stream/plays' },
    };
    assert.deepEqual(imported({}, { MSKSourceConfiguration: undefined, ...kinesis }).source, {
      kind: 'kinesis',
      topic: 'plays',
    });
    assert.deepEqual(imported({}, { MSKSourceConfiguration: undefined }).source, { kind: 'direct-put' });
  });

  const refused: readonly (readonly [
    name: string,
    document: string,
    code: 'PH_CONFIG_INVALID' | 'PH_PATTERN_INVALID',
  ])[] = [
    ['what is not JSON', '{', 'PH_CONFIG_INVALID'],
    ['a list', '[]', 'PH_CONFIG_INVALID'],
    ['a document without a name', JSON.stringify({ ExtendedS3DestinationConfiguration: s3 }), 'PH_CONFIG_INVALID'],
    [
      'a destination other than S3',
      JSON.stringify({ DeliveryStreamName: 'x', SplunkDestinationConfiguration: {} }),
      'PH_CONFIG_INVALID',
    ],
  ];
  for (const [name, document, code] of refused) {
    it(`refuses ${name}`, () =>
      assert.throws(
        () => importFirehose(document),
        (error) => isPlayheadError(error, code) && /^(?![a-z])/.test(error.hint ?? ''),
      ));
  }
});
