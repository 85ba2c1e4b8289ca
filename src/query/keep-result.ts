import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { fileParts } from '../base/file-parts.ts';
import { csvHeader, csvRows } from './csv-text.ts';
import type { QueryPorts, QueryResult, QuerySummary } from './settings.ts';

/**
 * A result that is also kept in the lake once its last row was read, as a workgroup with `results` promises:
 * `<prefix><query execution id>.csv` as Athena writes it, and beside it `….csv.metadata`, JSON with the statement, the
 * columns and what the query cost. Rows go through a file on this machine, so that memory stays flat and a query which
 * fails or is left half way keeps nothing. What the lake throws is thrown after the last row.
 */
export function keepResult(
  result: QueryResult,
  query: string,
  prefix: string,
  { lake, duck }: Pick<QueryPorts, 'lake' | 'duck'>,
  effects: Effects,
): QueryResult {
  const id = executionId(effects);
  const key = `${prefix.endsWith('/') ? prefix : `${prefix}/`}${id}.csv`;
  const submittedAt = new Date(effects.clock.now()).toISOString();
  const { columns } = result;
  let kept: Promise<QuerySummary> | undefined;
  const pages = async function* (): QueryResult['pages'] {
    const path = join(duck.temporaryDirectory, `result-${id}.csv`);
    const handle = await effects.fs.open(path, 'wx', 0o600);
    try {
      await handle.writeFile(csvHeader(columns));
      for await (const page of result.pages) {
        // A file handle goes on where its last write ended.
        await handle.writeFile(csvRows(columns, page));
        yield page;
      }
      await lake.put(key, fileParts(path, effects), { ifNoneMatch: '*' });
      kept = result.summary().then((summary) => ({ ...summary, result: key }));
      const metadata = { queryExecutionId: id, query, submittedAt, columns, ...(await kept) };
      await lake.put(`${key}.metadata`, Buffer.from(`${JSON.stringify(metadata)}\n`), { ifNoneMatch: '*' });
    } finally {
      await handle.close();
      await effects.fs.rm(path, { force: true });
    }
  };
  return { ...result, pages: pages(), summary: () => kept ?? result.summary() };
}

/** A random UUID, as Athena names an execution. */
function executionId({ random }: Effects): string {
  const hex = Array.from({ length: 4 }, () => random.uint32().toString(16).padStart(8, '0')).join('');
  const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) % 4);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
