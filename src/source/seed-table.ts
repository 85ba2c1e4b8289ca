import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { isPlayheadError, PlayheadError } from '../base/errors.ts';
import { fileParts } from '../base/file-parts.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { TableDefinition } from '../catalog/definition.ts';
import { ensureTable } from '../catalog/ensure-table.ts';
import { openSeries } from '../commit/series.ts';
import { type Duck, type DuckSession, sqlString } from '../duck/duck.ts';
import { parquetRows } from '../duck/file-rows.ts';
import type { ObjectInfo, ObjectStore } from '../lake/object-store.ts';
import { duckColumns } from '../record/columns.ts';
import { type Contributor, registerCommits } from '../table/contribution.ts';
import type { SeedTableSource } from './definition.ts';

/** A seed-table source with the table that its definition names by address. */
export interface BoundSeedTable {
  /** Address, and name of its commit series. */
  readonly name: string;
  readonly definition: SeedTableSource;
  readonly target: TableDefinition;
}

export interface SeedTablePorts {
  readonly store: ObjectStore;
  readonly catalog: Catalog;
  readonly duck: Duck;
  readonly signal?: AbortSignal;
}

export interface SeedTableRun {
  readonly rows: number;
  /** False where the table was made from the same inputs before: nothing was written. */
  readonly made: boolean;
  readonly key: string;
}

interface SeedPlan {
  /** Digest of everything that the rows depend on. */
  readonly inputs: string;
  /** The definition itself: a plan is carried out even if it was edited meanwhile. */
  readonly definition: SeedTableSource;
  readonly key: string;
}

interface SeedCommit {
  readonly inputs: string;
  readonly object: { readonly key: string; readonly etag: string; readonly rows: number; readonly sizeBytes: number };
  /** Key of the object that it takes the place of. */
  readonly replaces: readonly string[];
}

/**
 * Makes a reference table as one Parquet object and registers it. From the same SQL, rows, seed and date it is made
 * once: a second run finds it there. Throws PH_SQL_FAILED for SQL that fails, PH_DEFINITION_INCOMPATIBLE for columns
 * that are not the table's, PH_DOES_NOT_ADD_UP for another number of rows than was asked for.
 */
export async function runSeedTable(
  source: BoundSeedTable,
  ports: SeedTablePorts,
  effects: Effects,
): Promise<SeedTableRun> {
  const { store, catalog, duck } = ports;
  await ensureTable(catalog, source.target);
  const series = openSeries<SeedPlan, SeedCommit>(store, source.name, effects);
  const contributor = seedTableContributor(source.name, source.target);
  const inputs = inputsOf(source.definition);
  await using session = await duck.connect();
  using _interrupting = interruptedBy(ports.signal, session);
  for (let made = false; ; made = true) {
    const { next, last, pendingPlan } = await series.head();
    if (pendingPlan === undefined && last?.inputs === inputs) {
      await registerCommits(catalog, store, contributor, effects);
      return { rows: last.object.rows, made, key: last.object.key };
    }
    if (pendingPlan === undefined) await checkColumns(session, source);
    const key = `${source.target.location}${String(next).padStart(6, '0')}-${inputs.slice(0, 12)}.parquet`;
    const draft = { inputs, definition: source.definition, key };
    const plan = pendingPlan ?? (await series.plan(next, draft)).plan;
    await effects.reached('seed-table.planned');
    const object = await makeObject(source.name, plan, session, ports, effects);
    await effects.reached('seed-table.object');
    const replaces = last === undefined ? [] : [last.object.key];
    await series.commit(next, { inputs: plan.inputs, object, replaces });
    await effects.reached('seed-table.committed');
  }
}

/** The statement under way fails with PH_INTERRUPTED at the signal; its plan is carried out by the next run. */
function interruptedBy(signal: AbortSignal | undefined, session: DuckSession): Disposable {
  const interrupt = (): void => session.interrupt();
  signal?.addEventListener('abort', interrupt, { once: true });
  return { [Symbol.dispose]: () => signal?.removeEventListener('abort', interrupt) };
}

/** The series of a seed table as readers of the table take it. */
export function seedTableContributor(name: string, target: TableDefinition): Contributor {
  return {
    series: name,
    database: target.database,
    table: target.name,
    contribution: (commit) => {
      const { object, replaces } = commit as SeedCommit; // this series holds no other commits
      return { objects: [{ ...object, partition: [] }], replaces };
    },
  };
}

function inputsOf({ sql, rows, seed, asOf }: SeedTableSource): string {
  return createHash('sha256')
    .update(JSON.stringify([sql, rows, seed, asOf]))
    .digest('hex');
}

async function makeObject(
  name: string,
  { definition, key }: SeedPlan,
  session: DuckSession,
  { store, duck, signal }: SeedTablePorts,
  effects: Effects,
): Promise<SeedCommit['object']> {
  signal?.throwIfAborted();
  const file = join(duck.temporaryDirectory, `seed-${effects.random.uint32().toString(16)}.parquet`);
  try {
    await session.run(`COPY (${seedSql(definition)}) TO ${sqlString(file)} (FORMAT parquet, COMPRESSION zstd)`);
    const rows = Number(await session.value(`SELECT count(*) FROM ${parquetRows(file)}`));
    if (rows !== definition.rows)
      throw new PlayheadError(
        'PH_DOES_NOT_ADD_UP',
        `${name} was to make ${definition.rows} rows, its SQL made ${rows}`,
      );
    const { etag, sizeBytes } = await putOrAdopt(store, key, file, effects);
    return { key, etag, rows, sizeBytes };
  } finally {
    await effects.fs.rm(file, { force: true });
  }
}

/** An object under this key was made from the same plan: its rows are the same, though its bytes may differ. */
async function putOrAdopt(store: ObjectStore, key: string, file: string, effects: Effects): Promise<ObjectInfo> {
  try {
    return await store.put(key, fileParts(file, effects), { ifNoneMatch: '*' });
  } catch (error) {
    const stored = isPlayheadError(error, 'PH_OBJECT_EXISTS') ? await store.head(key) : undefined;
    if (stored === undefined) throw error;
    return stored;
  }
}

async function checkColumns(session: DuckSession, { name, definition, target }: BoundSeedTable): Promise<void> {
  const described = await session.all(`DESCRIBE ${seedSql(definition)}`);
  const made = described.rows.map(([column, type]) => `${column} ${type}`);
  const wanted = duckColumns(target.record).map((column) => `${column.name} ${column.type}`);
  if (made.join() === wanted.join()) return;
  const missing = wanted.filter((column) => !made.includes(column));
  const other = made.filter((column) => !wanted.includes(column));
  throw new PlayheadError(
    'PH_DEFINITION_INCOMPATIBLE',
    `${name}: ${definition.sqlPath} does not make the columns of ${target.database}.${target.name}`,
    {
      hint: `The table has, and the SQL does not make: ${missing.join(', ') || 'none'}. The SQL makes besides: ${other.join(', ') || 'none'}. Their order counts.`,
      details: { made, wanted },
    },
  );
}

/**
 * The SELECT with its parameters in place: whole numbers and a date, checked when the definition was loaded. It ends in
 * a newline, so that a comment on its last line does not swallow what follows.
 */
export function seedSql({ sql, rows, seed, asOf }: SeedTableSource): string {
  const values: Readonly<Record<string, string>> = { rows: String(rows), seed: String(seed), as_of: `DATE '${asOf}'` };
  const select = sql.trim().replace(/;$/, '');
  return `${select.replace(/\$(rows|seed|as_of)\b/g, (_, name: string) => values[name] ?? '')}\n`;
}
