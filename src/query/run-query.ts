import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { Duck } from '../duck/duck.ts';
import { sqlStringList } from '../duck/duck.ts';
import type { ResultPage, SqlEngine } from '../sql/engine.ts';
import { explainEmpty } from './explain-empty.ts';
import type { PreparedQuery } from './prepared-query.ts';
import { queryFailure } from './query-failure.ts';
import type { QueryResult, QuerySummary } from './settings.ts';
import type { Counted } from './table-view.ts';

/** Runs a prepared query on the engine; its rows stream. `startedMs`: when the user asked, monotonic. */
export async function runPrepared(
  prepared: PreparedQuery,
  engine: SqlEngine,
  duck: Duck,
  startedMs: number,
  signal: AbortSignal | undefined,
  effects: Effects,
): Promise<QueryResult> {
  const { translation } = prepared;
  let failed = true;
  try {
    const id = await engine.submit({ sql: translation.sql, setup: prepared.setup });
    const status = await engine.wait(id, signal);
    if (status.error !== undefined) throw status.error;
    const first = await engine.fetch(id);
    failed = false;
    let rows = 0;
    const isEmpty = saysNothing(first);
    let endedMs = startedMs;
    const pages = async function* (): AsyncGenerator<ResultPage['rows']> {
      try {
        let page: ResultPage = first;
        for (;;) {
          rows += page.rows.length;
          yield page.rows;
          if (page.next === undefined) break;
          signal?.throwIfAborted();
          page = await engine.fetch(id, page.next);
        }
      } catch (error) {
        throw signal?.aborted === true
          ? new PlayheadError('PH_INTERRUPTED', 'the query was interrupted', { cause: error })
          : await queryFailure(error, prepared, effects);
      } finally {
        endedMs = effects.clock.monotonicMs();
        await engine.cancel(id);
        // A query without rows is looked at again, to say why.
        if (!isEmpty) await prepared.held.disposeAsync();
      }
    };
    return {
      columns: first.columns,
      pages: pages(),
      summary: () => summarise(prepared, rows, isEmpty, endedMs - startedMs, duck),
    };
  } catch (error) {
    throw await queryFailure(error, prepared, effects);
  } finally {
    if (failed) {
      await prepared.held.disposeAsync();
      await readCounters(prepared, duck);
    }
  }
}

/** No row, or the one row of an aggregate over none: every cell NULL or 0. */
function saysNothing({ rows, next }: ResultPage): boolean {
  const [only] = rows;
  if (only === undefined) return next === undefined;
  return next === undefined && rows.length === 1 && only.every((cell) => cell === null || cell === 0 || cell === 0n);
}

/** What a query cost: to be asked once its rows are read. One that found nothing (`isEmpty`) is told why. */
export async function summarise(
  prepared: PreparedQuery,
  rows: number,
  isEmpty: boolean,
  elapsedMs: number,
  duck: Duck,
): Promise<QuerySummary> {
  const { reads, bound, translation, behind } = prepared;
  const { mistyped, malformed } = await readCounters(prepared, duck);
  const explanation = isEmpty ? await explained(prepared, duck) : undefined;
  await prepared.held.disposeAsync();
  return {
    rows,
    elapsedMs,
    bytesScanned: bound.coldBytes + bound.hotBytes,
    hotBytes: bound.hotBytes,
    files: reads.reduce((sum, { files }) => sum + files.length, 0),
    partitions: {
      read: reads.reduce((sum, { kept }) => sum + kept.length, 0),
      of: reads.reduce((sum, { partitions }) => sum + partitions.length, 0),
    },
    mistyped,
    malformed,
    estimates: translation.estimates,
    ...(behind === undefined ? {} : { behind }),
    ...(explanation === undefined ? {} : { explanation }),
  };
}

async function explained(prepared: PreparedQuery, duck: Duck): Promise<string | undefined> {
  await using session = await duck.connect();
  const sequences = prepared.setup.filter((statement) => !statement.startsWith('CREATE SEQUENCE'));
  // The counters are gone by now; what is read again must not be counted twice anyway.
  const uncounted = sequences.map((statement) => statement.replace(/nextval\('athena_counted_\w+'\)/g, '0'));
  await session.run(uncounted.join(';\n'));
  // Awaited here: the connection closes when this function returns.
  return await explainEmpty(prepared.reads, session);
}

/** Reads what was counted, by kind and name, and takes the counters away. */
async function readCounters(
  prepared: PreparedQuery,
  duck: Duck,
): Promise<Readonly<Record<Counted['kind'], Readonly<Record<string, number>>>>> {
  const counts: Record<Counted['kind'], Record<string, number>> = { mistyped: {}, malformed: {} };
  const names = [...prepared.counters.keys()];
  if (names.length === 0) return counts;
  await using session = await duck.connect();
  const found = await session.all(
    `SELECT sequence_name, CAST(last_value AS DOUBLE) FROM duckdb_sequences() WHERE list_contains(${sqlStringList(names)}, sequence_name)`,
  );
  for (const [sequence, last] of found.rows) {
    const counted = prepared.counters.get(String(sequence));
    if (counted === undefined || last === null) continue;
    const of = counts[counted.kind];
    of[counted.name] = (of[counted.name] ?? 0) + Number(last);
  }
  await session.run(names.map((name) => `DROP SEQUENCE IF EXISTS ${name}`).join(';\n'));
  return counts;
}
