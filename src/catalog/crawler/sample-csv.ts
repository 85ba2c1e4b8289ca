import type { Effects } from '../../base/effects.ts';
import { sqlString } from '../../duck/duck.ts';
import { type HiveType, primitive } from '../hive-type.ts';
import type { CsvSettings, SamplePorts, Unreadable } from './object-sample.ts';
import type { TextSample } from './sample-json.ts';

/** Glue finds these in text; dates and times stay strings, since Hive's text SerDe reads few of their spellings. */
const types: Readonly<Record<string, HiveType>> = {
  BIGINT: primitive('bigint'),
  DOUBLE: primitive('double'),
  BOOLEAN: primitive('boolean'),
};

/** A text divided into at least two columns, or one where its extension says that it is CSV. */
export async function sampleCsv(
  text: Uint8Array,
  whole: boolean,
  key: string,
  { session, spoolFile }: SamplePorts,
  effects: Effects,
): Promise<(TextSample & { csv: CsvSettings }) | Unreadable | undefined> {
  const lines = whole ? text : text.subarray(0, text.lastIndexOf(0x0a) + 1);
  if (lines.length === 0) return undefined;
  await effects.fs.writeFile(spoolFile, lines);
  const sniffed = await session.all(
    `SELECT Delimiter, Quote, HasHeader, SkipRows, to_json(Columns) FROM sniff_csv(${sqlString(spoolFile)})`,
  );
  const [delimiter, quote, hasHeader, skipped, written] = sniffed.rows[0] ?? [];
  // A parsed boundary: Columns is a list of {name, type}.
  const found = JSON.parse(String(written ?? '[]')) as { name: string; type: string }[];
  const saysCsv = /\.(csv|tsv|psv)(\.[a-z0-9]+)?$/i.test(key);
  if (Number(skipped) > 0 || (found.length < 2 && !saysCsv))
    return { unreadable: 'neither JSON, CSV nor Parquet: its lines have no columns in common' };
  // Glue's rule: where every column is text, the first line cannot be told from the others.
  const header = hasHeader === true && found.some(({ type }) => type !== 'VARCHAR');
  const count = lines.reduce((sum, byte) => (byte === 0x0a ? sum + 1 : sum), lines.at(-1) === 0x0a ? 0 : 1);
  return {
    format: 'csv',
    columns: found.map(({ name, type }, i) => ({
      name: header ? name.trim() || `col${i}` : `col${i}`,
      type: types[type] ?? primitive('string'),
    })),
    csv: { delimiter: String(delimiter), quote: quote === '(empty)' ? '' : String(quote ?? ''), header },
    rows: Math.max(0, count - (header ? 1 : 0)),
    usedBytes: lines.length,
  };
}
