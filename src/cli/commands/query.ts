import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { isPlayheadError, PlayheadError } from '../../base/errors.ts';
import { either, nearest, suggestion } from '../../base/nearest.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { queriesOf } from '../../pipeline/engine/queries.ts';
import { addressed, resolveAddress } from '../../pipeline/graph/address.ts';
import { curatedNames, onCurated } from '../../pipeline/graph/curated-names.ts';
import type { Queries } from '../../query/queries.ts';
import type { QueryOptions, QuerySummary } from '../../query/settings.ts';
import { footer, writeResult } from '../../query/write-result.ts';
import type { Command, CommandResult } from '../command.ts';
import type { Context } from '../context.ts';
import { fileSink } from '../file-sink.ts';
import { grid } from '../grid.ts';
import type { Invocation } from '../invocation.ts';
import type { Output } from '../output.ts';
import type { Progress } from '../progress.ts';

const formats = ['table', 'vertical', 'csv', 'json', 'parquet'] as const;
type Format = (typeof formats)[number];

export const command: Command = async (invocation, context) => {
  const engine = await context.engine();
  if (invocation.flag('list')) return listed(engine, context);
  const format = chosenFormat(invocation, context);
  const queries = await queriesOf(engine);
  try {
    const { sql, ...defaults } = await chosenQuery(invocation, engine, queries, context);
    const database = (await knownDatabase(engine, invocation.text('database'))) ?? defaults.database;
    const workgroup = workgroupOf(engine, invocation.text('workgroup') ?? defaults.workgroup);
    const parameters = invocation.texts('parameter');
    const options: QueryOptions = {
      signal: context.signal,
      fresh: invocation.flag('fresh'),
      ...(database === undefined ? {} : { database }),
      ...(workgroup === undefined ? {} : { workgroup }),
      ...(parameters === undefined ? {} : { parameters }),
    };
    return await answer(queries, sql, options, format, invocation.text('out'), context);
  } finally {
    await queries.close();
  }
};

async function answer(
  queries: Queries,
  sql: string,
  options: QueryOptions,
  format: Format,
  out: string | undefined,
  context: Context,
): Promise<CommandResult> {
  const file = out === undefined || out === '-' ? undefined : resolve(context.workingDirectory, out);
  const progress = context.progress();
  progress.update('running the query');
  try {
    const summary = await written(queries, sql, options, { format, file, output: context.output, progress });
    progress.end();
    // The table has its footer in it; beside data for programs, it goes where people look.
    const isApart = (format !== 'table' && format !== 'vertical') || file !== undefined;
    if (!context.json && isApart) context.output.err(`${footer(summary)}\n`);
    return file === undefined ? {} : { data: { file, ...summary } };
  } finally {
    progress.end();
  }
}

/** Where an answer goes, and as what. */
interface Destination {
  readonly format: Format;
  /** Undefined: standard output. */
  readonly file: string | undefined;
  readonly output: Output;
  /** Ends when the answer begins to be shown. */
  readonly progress: Progress;
}

async function written(
  queries: Queries,
  sql: string,
  options: QueryOptions,
  { format, file, output, progress }: Destination,
): Promise<QuerySummary> {
  if (format === 'parquet') {
    if (file === undefined) throw new PlayheadError('PH_USAGE', '--format parquet needs a file: --out FILE');
    return queries.toParquet(sql, file, options);
  }
  const result = await queries.run(sql, options);
  const style = { width: output.columns, cellWidth: 60 };
  const sink = file === undefined ? output.sink : await fileSink(file);
  try {
    return await writeResult(
      result,
      format,
      (text) => {
        if (file === undefined) progress.end();
        return sink.write(text);
      },
      style,
    );
  } finally {
    await sink.close();
  }
}

function chosenFormat(invocation: Invocation, context: Context): Format {
  const written = invocation.text('format') ?? (context.json ? 'json' : 'table');
  const format = formats.find((known) => known === written);
  if (format !== undefined) return format;
  const near = nearest(written, formats);
  throw new PlayheadError('PH_USAGE', `--format ${written}: expected ${either(formats)}`, {
    ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
  });
}

/** The one SQL text that was asked for, with the database and workgroup that a named query brings. */
async function chosenQuery(
  invocation: Invocation,
  engine: Engine,
  queries: Queries,
  context: Context,
): Promise<{ readonly sql: string; readonly database?: string; readonly workgroup?: string }> {
  const [sql, file, saved] = [invocation.argument(0), invocation.text('file'), invocation.text('saved')];
  const given = [sql, file, saved].filter((source) => source !== undefined).length;
  if (given !== 1) {
    throw new PlayheadError('PH_USAGE', given === 0 ? 'no query' : 'more than one query', {
      hint: 'Give one of: "SQL", --file FILE, --saved NAME. `playhead query --list` lists the named ones.',
    });
  }
  const isCurated = invocation.flag('curated');
  if (isCurated && saved === undefined) throw new PlayheadError('PH_USAGE', '--curated goes with --saved NAME');
  if (saved !== undefined) return onTables(savedQuery(engine, queries, saved), isCurated, engine, context);
  if (file === '-') {
    const sql = await readText(Readable.from(context.host.input));
    context.signal.throwIfAborted();
    return { sql };
  }
  if (file === undefined) return { sql: sql ?? '' };
  const text = await readFile(resolve(context.workingDirectory, file), 'utf8').catch((cause: unknown) => {
    throw new PlayheadError('PH_USAGE', `--file ${file} cannot be read`, { cause });
  });
  return { sql: text };
}

/** What a named query asks: landing tables as it is written, or, with --curated, what jobs made of them. Says which. */
function onTables<Q extends { readonly sql: string }>(
  query: Q,
  isCurated: boolean,
  engine: Engine,
  context: Context,
): Q {
  const names = curatedNames(engine.pipelines);
  const sql = onCurated(query.sql, names);
  if (sql === query.sql) return query;
  const [landing, curated] = [...names].find(([name]) => query.sql.includes(name)) ?? ['', ''];
  if (!isCurated && !context.json) {
    const { dim } = context.output.errStyle;
    context.output.err(dim(`It asks ${landing}, duplicates and all; --curated asks ${curated}.\n`));
  }
  return isCurated ? { ...query, sql } : query;
}

/** PH_DATABASE_UNKNOWN: a query whose tables all have a database would not notice. */
async function knownDatabase(engine: Engine, database: string | undefined): Promise<string | undefined> {
  if (database === undefined) return undefined;
  const databases = await (await engine.catalog()).databases();
  if (databases.includes(database.toLowerCase()) || systemDatabases.includes(database.toLowerCase())) return database;
  throw new PlayheadError('PH_DATABASE_UNKNOWN', `--database ${database}: there is no such database`, {
    hint: suggestion(database, databases),
  });
}

const systemDatabases = ['information_schema'];

/** By address or name, or by title as a console shows it. */
function savedQuery(engine: Engine, queries: Queries, name: string): ReturnType<Queries['saved']> {
  try {
    return resolveAddress(engine.pipelines, name, ['query']).definition;
  } catch (error) {
    const isTitle = addressed(engine.pipelines, 'query').some(({ definition }) => definition.title === name);
    if (!isTitle || !isPlayheadError(error, 'PH_ADDRESS_UNKNOWN')) throw error;
    return queries.saved(name);
  }
}

/** The key under which the queries know it: its name where that is unique. */
function workgroupOf(engine: Engine, named: string | undefined): string | undefined {
  if (named === undefined) return undefined;
  const found = resolveAddress(engine.pipelines, named, ['workgroup']);
  const same = addressed(engine.pipelines, 'workgroup').filter(({ name }) => name === found.name);
  return same.length === 1 ? found.name : found.address;
}

function listed(engine: Engine, context: Context): CommandResult {
  const entries = addressed(engine.pipelines, 'query');
  const rows = entries.map(({ name, pipeline, definition }) => [pipeline, name, definition.title]);
  return {
    data: {
      queries: entries.map(({ address, definition }) => ({
        address,
        title: definition.title,
        description: definition.description,
      })),
    },
    text:
      rows.length === 0
        ? 'No query is named.'
        : grid([{ title: 'pipeline' }, { title: 'name' }, { title: 'title' }], rows, {
            maxWidth: context.output.columns,
          }),
  };
}
