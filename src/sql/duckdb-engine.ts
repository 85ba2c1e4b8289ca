import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { Column } from '../catalog/catalog.ts';
import type { Duck, DuckResult, DuckSession } from '../duck/duck.ts';
import { athenaType } from './athena-type.ts';
import { unnamedColumn } from './duckdb/print.ts';
import type { EngineQuery, QueryState, QueryStatus, ResultPage, SqlEngine } from './engine.ts';
import { engineError } from './engine-error.ts';
import { sqlValue } from './sql-value.ts';

interface Running {
  readonly startedMs: number;
  state: QueryState;
  elapsedMs?: number;
  error?: PlayheadError;
  session?: DuckSession;
  /** Rows as DuckDB makes them; the first piece is in `next` once the query has succeeded. */
  rows?: AsyncGenerator<DuckResult>;
  next?: DuckResult;
  page: number;
  ended: Promise<void>;
}

/**
 * DuckDB in this process behind the SqlEngine port. Each query has a connection of its own, so that what its setup
 * makes is gone with it. Rows stream: memory stays flat however long the result is.
 */
export function openDuckEngine(duck: Duck, effects: Effects): SqlEngine {
  const queries = new Map<string, Running>();
  let count = 0;
  const find = (id: string): Running => {
    const query = queries.get(id);
    if (query === undefined) throw new PlayheadError('PH_USAGE', `no query has the id ${id}`);
    return query;
  };
  const statusOf = (query: Running): QueryStatus => ({
    state: query.state,
    elapsedMs: query.elapsedMs ?? effects.clock.monotonicMs() - query.startedMs,
    ...(query.error === undefined ? {} : { error: query.error }),
  });
  return {
    capabilities: { dialect: 'duckdb', cancel: true, bound: false },
    submit: async (request) => {
      count += 1;
      const id = `duckdb-${count}`;
      const startedMs = effects.clock.monotonicMs();
      const query: Running = { startedMs, state: 'running', page: 0, ended: Promise.resolve() };
      query.ended = start(duck, query, request).finally(() => {
        query.elapsedMs = effects.clock.monotonicMs() - startedMs;
      });
      queries.set(id, query);
      return id;
    },
    poll: async (id) => statusOf(find(id)),
    wait: async (id, signal) => {
      const query = find(id);
      const stop = (): void => interrupt(query);
      signal?.addEventListener('abort', stop, { once: true });
      if (signal?.aborted === true) stop();
      await query.ended;
      signal?.removeEventListener('abort', stop);
      return statusOf(query);
    },
    fetch: async (id, page) => fetchPage(find(id), id, page),
    cancel: async (id) => {
      const query = find(id);
      interrupt(query);
      await query.ended;
      await release(query);
    },
    close: async () => {
      for (const query of queries.values()) {
        interrupt(query);
        await query.ended;
        await release(query);
      }
      queries.clear();
    },
  };
}

/** Runs the setup and the query up to its first rows. Its failure is its state; nothing is thrown. */
async function start(duck: Duck, query: Running, request: EngineQuery): Promise<void> {
  let sql = request.sql;
  try {
    query.session = await duck.connect();
    await query.session.run('SET errors_as_json = true');
    if (request.setup !== undefined && request.setup.length > 0) {
      sql = request.setup.join(';\n');
      await query.session.run(sql);
      sql = request.sql;
    }
    stopIfCancelled(query);
    query.rows = query.session.stream(sql);
    const first = await query.rows.next();
    stopIfCancelled(query);
    if (first.done !== true) query.next = first.value;
    query.state = 'succeeded';
  } catch (error) {
    if (query.state !== 'cancelled') {
      query.state = 'failed';
      query.error = engineError(error, sql);
    }
    await release(query);
  }
}

function stopIfCancelled(query: Running): void {
  if (query.state === 'cancelled') throw new PlayheadError('PH_INTERRUPTED', 'the query was cancelled');
}

function interrupt(query: Running): void {
  if (query.state !== 'running') return;
  query.state = 'cancelled';
  query.error = new PlayheadError('PH_INTERRUPTED', 'the query was cancelled');
  query.session?.interrupt();
}

async function release(query: Running): Promise<void> {
  const { session } = query;
  delete query.session;
  delete query.rows;
  delete query.next;
  await session?.[Symbol.asyncDispose]();
}

async function fetchPage(query: Running, id: string, page = '0'): Promise<ResultPage> {
  await query.ended;
  if (query.error !== undefined) throw query.error;
  const piece = query.next;
  if (piece === undefined || query.rows === undefined || page !== String(query.page))
    throw new PlayheadError('PH_USAGE', `page ${page} of ${id} was fetched before, or is not yet there`);
  try {
    const next = await query.rows.next();
    if (next.done === true) await release(query);
    else query.next = next.value;
    query.page += 1;
    const result = { columns: columnsOf(piece), rows: piece.rows.map((row) => row.map(sqlValue)) };
    return next.done === true ? result : { ...result, next: String(query.page) };
  } catch (error) {
    query.error = engineError(error, '');
    query.state = 'failed';
    await release(query);
    throw query.error;
  }
}

/** A column without a name is called by its place, as Athena calls it. */
function columnsOf(result: DuckResult): readonly Column[] {
  return result.columns.map(({ name, type }, i) => ({
    name: name.startsWith(unnamedColumn) ? `_col${i}` : name,
    type: athenaType(type),
  }));
}
