import { formatBytes, formatCount, formatDuration } from '../base/units.ts';
import type { SqlValue } from '../sql/engine.ts';
import { csvHeader, csvRows } from './csv-text.ts';
import { formatTable, type TableStyle } from './format-table.ts';
import type { QueryResult, QuerySummary } from './settings.ts';
import { verticalRows } from './vertical-text.ts';

export type ResultFormat = 'table' | 'vertical' | 'csv' | 'json';

/** Takes the text piece by piece; resolves when it can take more. */
export type TextSink = (text: string) => Promise<void> | void;

/** Rows that a table on a terminal shows; its columns' widths need all of them in memory. */
const mostTableRows = 10_000;

/** Writes a result in a format, streaming where the format allows. Returns the summary. */
export async function writeResult(
  result: QueryResult,
  format: ResultFormat,
  sink: TextSink,
  style?: TableStyle,
): Promise<QuerySummary> {
  return writers[format](result, sink, style);
}

type Writer = (result: QueryResult, sink: TextSink, style: TableStyle | undefined) => Promise<QuerySummary>;

const writeTable: Writer = async (result, sink, style) => {
  if (result.isText === true) return writeLines(result, sink);
  const rows: (readonly SqlValue[])[] = [];
  let left = 0;
  for await (const page of result.pages) {
    const room = mostTableRows - rows.length;
    rows.push(...page.slice(0, room));
    left += Math.max(0, page.length - room);
  }
  if (result.columns.length > 0) await sink(`${formatTable(result.columns, rows, style)}\n`);
  if (left > 0) await sink(`… and ${formatCount(left)} more rows: --format csv writes them all\n`);
  const summary = await result.summary();
  await sink(`${footer(summary)}\n`);
  return summary;
};

/** Whole lines, as no frame could hold them. */
async function writeLines(result: QueryResult, sink: TextSink): Promise<QuerySummary> {
  for await (const page of result.pages) await sink(page.map(([line]) => `${line ?? ''}\n`).join(''));
  const summary = await result.summary();
  await sink(`${footer(summary)}\n`);
  return summary;
}

const writeVertical: Writer = async (result, sink) => {
  if (result.isText === true) return writeLines(result, sink);
  let rows = 0;
  for await (const page of result.pages) {
    if (page.length > 0) await sink(verticalRows(result.columns, page, rows + 1));
    rows += page.length;
  }
  const summary = await result.summary();
  await sink(`${footer(summary)}\n`);
  return summary;
};

const writeCsv: Writer = async (result, sink) => {
  await sink(csvHeader(result.columns));
  for await (const page of result.pages) if (page.length > 0) await sink(csvRows(result.columns, page));
  return result.summary();
};

/** `{"columns": [...], "rows": [[...]], "bytesScanned": n, "elapsedMs": n}`, and `"behind": "why"` where that is so. */
const writeJson: Writer = async (result, sink) => {
  await sink(`{"columns": ${JSON.stringify(result.columns.map(({ name }) => name))}, "rows": [`);
  let first = true;
  for await (const page of result.pages) {
    if (page.length === 0) continue;
    const rows = page.map((row) => `[${row.map((value) => jsonText(value)).join(',')}]`);
    await sink(`${first ? '' : ','}\n${rows.join(',\n')}`);
    first = false;
  }
  const summary = await result.summary();
  const { bytesScanned, elapsedMs, behind } = summary;
  const lacking = behind === undefined ? '' : `, "behind": ${JSON.stringify(behind)}`;
  const figures = `"bytesScanned": ${bytesScanned}, "elapsedMs": ${Math.round(elapsedMs)}${lacking}`;
  await sink(`${first ? '' : '\n'}], ${figures}}\n`);
  return summary;
};

const writers: Readonly<Record<ResultFormat, Writer>> = {
  table: writeTable,
  vertical: writeVertical,
  csv: writeCsv,
  json: writeJson,
};

/** Whole numbers keep all their digits; what JSON has no number for is a text. */
function jsonText(value: SqlValue): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' && !Number.isFinite(value)) return `"${value}"`;
  if (Array.isArray(value)) return `[${value.map((item: SqlValue) => jsonText(item)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}:${jsonText(item)}`);
    return `{${entries.join(',')}}`;
  }
  return JSON.stringify(value);
}

/** What is said under a table: rows, time, bytes, and what the reader should know about the answer. */
export function footer(summary: QuerySummary): string {
  const { rows, elapsedMs, bytesScanned, hotBytes, partitions, mistyped, malformed, estimates } = summary;
  const { behind, explanation, result } = summary;
  const parts = [
    `${formatCount(rows)} ${rows === 1 ? 'row' : 'rows'}`,
    formatDuration(elapsedMs),
    `${formatBytes(bytesScanned)} scanned${hotBytes > 0 ? ` (${formatBytes(hotBytes)} of them from the log)` : ''}`,
    ...(partitions.of > 0 ? [`${formatCount(partitions.read)} of ${formatCount(partitions.of)} partitions`] : []),
  ];
  const notes = [
    ...(behind === undefined ? [] : [`Without what other machines may have committed since: ${asSentence(behind)}`]),
    ...(explanation === undefined ? [] : [`${rows === 0 ? 'No rows' : 'Nothing found'}: ${asSentence(explanation)}`]),
    ...Object.entries(mistyped).map(
      ([column, count]) =>
        `${formatCount(count)} ${count === 1 ? 'value' : 'values'} of ${column} read as NULL: not of the column's type.`,
    ),
    ...Object.entries(malformed).map(
      ([table, count]) =>
        `${formatCount(count)} ${count === 1 ? 'line' : 'lines'} of ${table} read as NULL: not JSON objects, which its ignore.malformed.json lets pass.`,
    ),
    ...(estimates.length === 0 ? [] : [`Estimated, as in Athena: ${estimates.join(', ')}.`]),
    ...(result === undefined ? [] : [`Kept as ${result}.`]),
  ];
  return [parts.join(' · '), ...notes].join('\n');
}

/** With a stop at its end, if it has none. */
function asSentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}
