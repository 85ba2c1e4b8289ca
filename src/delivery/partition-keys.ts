import { escapeSegment } from '../lake/hive-layout.ts';
import { parseJson } from '../record/parse-json.ts';
import type { RecordFault } from './error-record.ts';
import { evaluateJqPath, type JqPath, parseJqPath } from './jq.ts';

/** Takes the partition keys out of a record's value, or says why it has none. */
export type PartitionKeys = (
  value: Uint8Array,
) => { readonly values: Readonly<Record<string, string>> } | { readonly fault: RecordFault };

/**
 * Compiles dynamic partitioning's queries, name → jq path. A key that is missing, null, empty, an object or a list has no
 * place in a path: Firehose sends such a record to the error prefix. Throws PH_PATTERN_INVALID.
 */
export function compilePartitionKeys(queries: Readonly<Record<string, string>>): PartitionKeys {
  const paths: readonly (readonly [string, JqPath])[] = Object.entries(queries).map(([name, query]) => [
    name,
    parseJqPath(query),
  ]);
  return (value) => {
    const record = parseJson(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8'));
    const values: Record<string, string> = {};
    for (const [name, path] of paths) {
      const text = scalarText(evaluateJqPath(path, record));
      if (text === undefined) return { fault: noKey(name) };
      values[name] = pathSegment(text);
    }
    return { values };
  };
}

function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

/** Escaped as Hive escapes partition values: Firehose itself writes `a/b` as two folders, which no reader can undo. */
function pathSegment(text: string): string {
  const escaped = escapeSegment(text);
  return escaped === '.' || escaped === '..' ? escaped.replaceAll('.', '%2E') : escaped;
}

function noKey(name: string): RecordFault {
  return {
    type: 'processing-failed',
    code: 'DynamicPartitioning.MetadataExtractionFailed',
    message: `partition key ${JSON.stringify(name)} is missing, null, empty or not a scalar`,
  };
}
