import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { suggestion } from '../base/nearest.ts';
import { parseDdl } from '../sql/ddl/parse.ts';
import { openDuckEngine } from '../sql/duckdb-engine.ts';
import type { SqlEngine } from '../sql/engine.ts';
import { readPrepared } from '../sql/prepared-statement.ts';
import { placedIn } from '../sql/source-position.ts';
import { type QueryStatement, readStatement } from '../sql/statement.ts';
import { openTranslations } from '../sql/translation-cache.ts';
import { openArchives } from './archives.ts';
import { createView } from './create-view.ts';
import type { NamedQueryDefinition } from './definition.ts';
import { explainQuery } from './explain-query.ts';
import { fixedResult } from './fixed-result.ts';
import { openFreshParts } from './fresh.ts';
import { keepResult } from './keep-result.ts';
import { prepareQuery, type QueryKernel } from './prepare.ts';
import { dropPrepared, keepPrepared, preparedText } from './prepared-statements.ts';
import { runPrepared } from './run-query.ts';
import { openFooters } from './scan-bound.ts';
import type { QueryOptions, QueryPorts, QueryResult, QuerySettings, QuerySummary } from './settings.ts';
import { writeParquet } from './write-parquet.ts';
import { createTableAs, insertInto, unload } from './write-statements.ts';

/** Athena's SQL over the catalog and the lake. */
export interface Queries {
  /**
   * Runs one statement of Athena's dialect. What it reads is one snapshot; what it can scan is bounded, and held to
   * the workgroup's limit, before it starts. Throws PH_SQL_* with line and column, PH_TABLE_UNKNOWN,
   * PH_DATABASE_UNKNOWN, PH_SCAN_LIMIT, PH_INTERRUPTED.
   */
  run(sql: string, options?: QueryOptions): Promise<QueryResult>;
  /** Runs a query and writes its rows to a Parquet file on this machine. */
  toParquet(sql: string, path: string, options?: QueryOptions): Promise<QuerySummary>;
  /** A named query, by its key or title. PH_ADDRESS_UNKNOWN with what there is. */
  saved(name: string): NamedQueryDefinition;
  /** Ends what runs, and removes what fresh queries kept of the log for the next ones. */
  close(): Promise<void>;
}

/** Opens queries over the ports. Nothing is loaded before the first query; the SQL front end only for new texts. */
export function openQueries(ports: QueryPorts, settings: QuerySettings, effects: Effects): Queries {
  const translations = openTranslations(settings.cacheDirectory, effects);
  const archives = openArchives(settings.cacheDirectory, effects);
  const fresh = openFreshParts(ports.catalog, effects);
  const kernel: QueryKernel = { ports, settings, translations, footers: openFooters(), archives, fresh, effects };
  const engine = openDuckEngine(ports.duck, effects);
  /** The statement that runs, with its values, where the one that was asked is about another. */
  const executed = async (sql: string, options: QueryOptions): Promise<readonly [string, QueryOptions] | undefined> => {
    const statement = readPrepared(sql);
    if (statement === undefined) return [sql, options];
    const { catalog } = ports;
    if (statement.kind === 'execute') {
      const text = await preparedText(statement, sql, catalog, options);
      return [text, statement.values.length === 0 ? options : { ...options, parameters: statement.values }];
    }
    if (statement.kind === 'prepare') await keepPrepared(statement, catalog, options);
    else await dropPrepared(statement, sql, catalog, options);
    return undefined;
  };
  return {
    run: async (asked, given = {}) => {
      const startedMs = effects.clock.monotonicMs();
      const elapsed = (): number => effects.clock.monotonicMs() - startedMs;
      const running = await executed(asked, given);
      if (running === undefined) return fixedResult([], [], elapsed);
      const [sql, options] = running;
      const ddl = parseDdl(sql);
      if (ddl !== undefined) {
        if ((options.parameters ?? []).length > 0)
          throw new PlayheadError('PH_SQL_INVALID', 'data definition takes no parameters');
        const { executeDdl } = await import('../sql/ddl/execute.ts');
        const database = options.database ?? settings.database ?? 'default';
        const { columns, rows } = await executeDdl(ddl, { ...ports, database }, effects);
        return fixedResult(columns, rows, elapsed);
      }
      const statement = readStatement(sql);
      try {
        return await runStatement(kernel, engine, statement, options, startedMs);
      } catch (error) {
        throw placedIn(error, statement.query, sql);
      }
    },
    toParquet: async (asked, path, given = {}) => {
      const startedMs = effects.clock.monotonicMs();
      const [sql, options] = (await executed(asked, given)) ?? [asked, given];
      const prepared = await prepareQuery(kernel, readStatement(sql).query, options);
      return writeParquet(kernel, prepared, path, () => effects.clock.monotonicMs() - startedMs);
    },
    saved: (name) => savedQuery(settings, name),
    close: async () => {
      await engine.close();
      await fresh.close();
    },
  };
}

async function runStatement(
  kernel: QueryKernel,
  engine: SqlEngine,
  statement: QueryStatement,
  options: QueryOptions,
  startedMs: number,
): Promise<QueryResult> {
  const { ports, effects } = kernel;
  const elapsed = (): number => effects.clock.monotonicMs() - startedMs;
  switch (statement.kind) {
    case 'query': {
      const prepared = await prepareQuery(kernel, statement.query, options);
      const result = await runPrepared(prepared, engine, ports.duck, startedMs, options.signal, effects);
      const prefix =
        options.workgroup === undefined ? undefined : kernel.settings.workgroups?.[options.workgroup]?.results;
      return prefix === undefined ? result : keepResult(result, statement.query.trim(), prefix, ports, effects);
    }
    case 'explain':
      return explainQuery(kernel, statement, options, elapsed);
    case 'create-table-as':
      return createTableAs(kernel, statement, options, elapsed);
    case 'create-view':
      return createView(kernel, statement, options, elapsed);
    case 'insert':
      return insertInto(kernel, statement, options, elapsed);
    case 'unload':
      return unload(kernel, statement, options, elapsed);
  }
}

function savedQuery({ queries = {} }: QuerySettings, name: string): NamedQueryDefinition {
  const found = queries[name] ?? Object.values(queries).find(({ title }) => title.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  const names = [...Object.keys(queries), ...Object.values(queries).map(({ title }) => title)];
  throw new PlayheadError('PH_ADDRESS_UNKNOWN', `there is no saved query ${name}`, {
    hint: suggestion(name, names) || 'no queries are defined',
  });
}
