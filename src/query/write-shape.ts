import { sqlError } from '../sql/source-position.ts';
import type { Properties } from '../sql/statement.ts';
import type { FileShape } from './write-files.ts';

const formats: Readonly<Record<string, FileShape['format']>> = { PARQUET: 'parquet', JSON: 'json', TEXTFILE: 'csv' };
const compressions: Readonly<Record<string, FileShape['compression']>> = {
  SNAPPY: 'snappy',
  ZSTD: 'zstd',
  GZIP: 'gzip',
  NONE: 'none',
};
const known = [
  'format',
  'write_compression',
  'parquet_compression',
  'compression',
  'partitioned_by',
  'external_location',
  'field_delimiter',
];

/**
 * WITH (…) of CTAS and UNLOAD. Parquet is compressed with Snappy unless told otherwise, texts with gzip. Throws
 * PH_SQL_UNSUPPORTED, by name, for properties and values that mean nothing here.
 */
export function fileShape(properties: Properties, source: string, parquetDefault: 'snappy' | 'gzip'): FileShape {
  const refuse = (what: string): never => {
    throw sqlError('PH_SQL_UNSUPPORTED', `${what} is not supported`, source, undefined);
  };
  const unknown = Object.keys(properties).find((name) => !known.includes(name));
  if (unknown !== undefined) refuse(`the property ${unknown}`);
  const formatName = String(properties['format'] ?? 'PARQUET').toUpperCase();
  const format = formats[formatName] ?? refuse(`format = '${formatName}'`);
  const asked = properties['write_compression'] ?? properties['parquet_compression'] ?? properties['compression'];
  const compressionName = String(asked ?? (format === 'parquet' ? parquetDefault : 'GZIP')).toUpperCase();
  const compression = compressions[compressionName] ?? refuse(`compression ${compressionName}`);
  if (format !== 'parquet' && compression === 'snappy') refuse(`SNAPPY for ${formatName}`);
  const partitions = properties['partitioned_by'] ?? [];
  const partitionedBy = (typeof partitions === 'string' ? [partitions] : partitions).map((name) => name.toLowerCase());
  const delimiter = properties['field_delimiter'];
  return { format, compression, partitionedBy, ...(delimiter === undefined ? {} : { delimiter: String(delimiter) }) };
}
