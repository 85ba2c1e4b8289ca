import { basename } from 'node:path';
import { PlayheadError } from '../../base/errors.ts';
import { formatCount } from '../../base/units.ts';
import { type DuckSession, sqlIdentifier, sqlString } from '../../duck/duck.ts';
import { csvRows } from '../../duck/file-rows.ts';

/** A CSV file as a relation of typed columns. */
export interface CsvSample {
  readonly source: string;
  /** Which lines of the file are not in it. */
  readonly notes: readonly string[];
}

type Read = (...more: readonly string[]) => string;

/** A way to read the file, and what it makes of its lines. */
interface Reading {
  readonly read: Read;
  /** Lines before the header. */
  readonly skipped: number;
  readonly rows: number;
  /** Numbers of the lines that are no rows. */
  readonly rejected: readonly number[];
  /** What of the file has a place in a table, its header included. */
  readonly cells: number;
}

/**
 * Reads a CSV file in the dialect that gives most of it a place in a table, except that `00123` is a text: as a number it
 * would lose its zeros. Lines that do not have its columns are left out, and named.
 * Throws PH_USAGE where no line has them, or one is not UTF-8.
 */
export async function csvSample(session: DuckSession, from: string): Promise<CsvSample> {
  const { read, skipped, rows, rejected } = await bestReading(session, from);
  if (rows === 0 && rejected.length > 0) {
    throw new PlayheadError('PH_USAGE', `no line of ${from} has as many columns as its header, line ${skipped + 1}`, {
      hint: 'Take out what stands before the header.',
    });
  }
  const name = basename(from);
  return {
    source: rejected.length === 0 ? read() : read('ignore_errors = true'),
    notes: [
      ...(skipped === 0 ? [] : [`what stands before the header of ${name} is left out: lines 1 to ${skipped}`]),
      ...(rejected.length === 0 ? [] : [unfit(name, rejected)]),
    ],
  };
}

/**
 * A sniffer that wants every line to fit takes the lines of a file with a broken one for one column, or skips all before
 * its last; one that does not takes a title for the header. So where lines are lost to one, the other is asked too.
 */
async function bestReading(session: DuckSession, from: string): Promise<Reading> {
  const lenient = await reading(session, from, true);
  if (lenient.rejected.length === 0 && lenient.skipped === 0) return lenient;
  const strict = await reading(session, from, false);
  return strict.cells > lenient.cells ? strict : lenient;
}

async function reading(session: DuckSession, from: string, lenient: boolean): Promise<Reading> {
  const { rows: sniffed } = await session.all(
    `SELECT Delimiter, Quote, SkipRows, HasHeader, len(Columns)
     FROM sniff_csv(${sqlString(from)}, sample_size = -1, ignore_errors = ${lenient})`,
  );
  const [delimiter, quote, skip, header, columns] = sniffed[0] ?? [];
  const options = [
    'sample_size = -1',
    `delim = ${sqlString(String(delimiter))}`,
    `skip = ${Number(skip)}`,
    `header = ${header === true}`,
    ...(quote === '(empty)' ? [] : [`quote = ${sqlString(String(quote))}`]),
  ];
  const sniffedTypes: Read = (...more) => csvRows(from, ...options, ...more);
  const texts = await leadingZeros(session, sniffedTypes);
  const types = `types = {${texts.map((name) => `${sqlString(name)}: 'VARCHAR'`).join(', ')}}`;
  const read: Read = texts.length === 0 ? sniffedTypes : (...more) => sniffedTypes(types, ...more);
  const { rows, rejected } = await judgedLines(session, from, read);
  return { read, skipped: Number(skip), rows, rejected, cells: (rows + (header === true ? 1 : 0)) * Number(columns) };
}

async function leadingZeros(session: DuckSession, read: Read): Promise<string[]> {
  const lenient = read('ignore_errors = true');
  const described = await session.all(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${lenient})`);
  const numbers = described.rows
    .filter(([, type]) => /INT|DOUBLE|DECIMAL/.test(String(type)))
    .map(([name]) => String(name));
  if (numbers.length === 0) return [];
  const zeros = numbers
    .map((name) => `bool_or(regexp_matches(trim(${sqlIdentifier(name)}), '^[+-]?0[0-9]'))`)
    .join(', ');
  const { rows } = await session.all(`SELECT ${zeros} FROM ${read('all_varchar = true', 'ignore_errors = true')}`);
  return numbers.filter((_, i) => rows[0]?.[i] === true);
}

async function judgedLines(
  session: DuckSession,
  from: string,
  read: Read,
): Promise<Pick<Reading, 'rows' | 'rejected'>> {
  await forgetRejects(session);
  const counted = await session.all(
    `SELECT count(*), count(COLUMNS(*)) FROM ${read('store_rejects = true', 'rejects_limit = 0')}`,
  );
  const { rows } = await session.all(
    `SELECT CAST(line AS DOUBLE), bool_or(error_type = 'INVALID ENCODING') FROM reject_errors GROUP BY line ORDER BY line`,
  );
  await forgetRejects(session);
  const foreign = rows.find(([, isForeign]) => isForeign === true);
  if (foreign !== undefined) {
    throw new PlayheadError('PH_USAGE', `line ${foreign[0]} of ${from} is not UTF-8`, {
      hint: `Write it in UTF-8, as by \`iconv -f WINDOWS-1252 -t UTF-8\`.`,
    });
  }
  return { rows: Number(counted.rows[0]?.[0]), rejected: rows.map(([line]) => Number(line)) };
}

async function forgetRejects(session: DuckSession): Promise<void> {
  await session.run('DROP TABLE IF EXISTS reject_errors');
  await session.run('DROP TABLE IF EXISTS reject_scans');
}

const mostNamed = 20;

function unfit(name: string, lines: readonly number[]): string {
  const named = lines.slice(0, mostNamed).join(', ');
  const more = lines.length > mostNamed ? ' …' : '';
  return `lines of ${name} that do not fit its columns, left out of sample.ndjson: ${formatCount(lines.length)}, at ${named}${more}`;
}
