import { join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import { isPartition } from '../../catalog/table-columns.ts';
import { type DuckSession, sqlIdentifier, sqlString } from '../../duck/duck.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import { duckColumns } from '../../record/columns.ts';
import { type Publisher, publisherMetadata } from '../../table/publish.ts';
import { soundVersionFile } from '../../table/retained.ts';
import { shareOut, type Workspace } from '../workspace.ts';
import { type DerivedDraft, type PlannedDerivation, rowsRead } from './derived-plan.ts';
import { prepareLookUps } from './look-ups.ts';

/** A partition's next object, as a file of the run's scratch folder. */
export interface MadeDerivation {
  readonly partition: PlannedDerivation;
  readonly file: string;
  readonly rows: number;
}

/** Makes each partition whole from all that it stands on, beside the table. PH_DOES_NOT_ADD_UP, PH_OBJECT_*. */
export async function makeDerived(
  draft: DerivedDraft,
  {
    scratch,
    store,
    publisher,
  }: { readonly scratch: string; readonly store: ObjectStore; readonly publisher: Publisher },
  workspaces: readonly Workspace[],
  effects: Effects,
): Promise<readonly MadeDerivation[]> {
  await effects.fs.mkdir(scratch, { recursive: true });
  for (const { session } of workspaces) {
    for (const macro of draft.select.macros) await session.run(macro);
    await prepareLookUps(session, draft.lookUps ?? [], store);
  }
  const made = new Map<PlannedDerivation, MadeDerivation>();
  const numbered = draft.derived.map((partition, i) => ({ partition, file: join(scratch, `made-${i}.parquet`) }));
  await shareOut(workspaces, numbered, async (session, { partition, file }) => {
    const read = await readInputs(session, draft, partition, store);
    const columns = duckColumns(draft.target.record).map(
      ({ name, type }) => `CAST(${sqlIdentifier(name)} AS ${type}) AS ${sqlIdentifier(name)}`,
    );
    const rows = await session.run(`COPY (SELECT ${columns.join(', ')} FROM (${draft.select.sql})) TO ${sqlString(file)}
      (FORMAT parquet, COMPRESSION ${draft.target.compression ?? 'zstd'}, KV_METADATA ${publisherMetadata(publisher)})`);
    if (read !== rowsRead(partition) || (draft.definition.rows === 'one-to-one' && rows !== read))
      throw doesNotAddUp(draft, partition, read, rows);
    made.set(partition, { partition, file, rows });
  });
  return draft.derived.flatMap((partition) => made.get(partition) ?? []);
}

/** Makes the views that the SELECT reads: the input's rows of this partition, with its partition columns. Returns how many rows. */
async function readInputs(
  session: DuckSession,
  { input, select }: DerivedDraft,
  { inputs }: PlannedDerivation,
  store: ObjectStore,
): Promise<number> {
  const partitions = Object.entries(input.partitions);
  const places: string[] = [];
  const paths: string[] = [];
  for (const { partition, ...version } of inputs) {
    const path = await soundVersionFile(store, version);
    paths.push(path);
    places.push(`(${[path, ...partition].map(sqlString).join(', ')})`);
  }
  const names = partitions.map(([name]) => sqlIdentifier(name));
  await session.run(`CREATE OR REPLACE TABLE _places AS
    FROM (VALUES ${places.join(', ')}) AS places (${['_file', ...names].join(', ')})`);
  const own = Object.keys(input.record.fields).filter((name) => !isPartition(input.partitions, name));
  const fields = own.map(sqlIdentifier);
  const typed = partitions.map(([name, type]) => `CAST(p.${sqlIdentifier(name)} AS ${type}) AS ${sqlIdentifier(name)}`);
  await session.run(`CREATE OR REPLACE VIEW _input AS SELECT ${[...fields.map((name) => `r.${name}`), ...typed].join(', ')}
    FROM ${parquetRows(paths, "filename = '_file', union_by_name = true")} r
      JOIN _places p USING (_file)`);
  for (const name of select.inputs)
    await session.run(`CREATE OR REPLACE VIEW ${sqlIdentifier(name)} AS SELECT * FROM _input`);
  return Number(await session.value('SELECT count(*) FROM _input'));
}

function doesNotAddUp(
  { job, definition, input }: DerivedDraft,
  partition: PlannedDerivation,
  read: number,
  rows: number,
): PlayheadError {
  const due = rowsRead(partition);
  const where = `job ${job}, partition ${partition.values.join('/') || 'of all'}`;
  const details = { job, values: partition.values, due, read, rows };
  if (read !== due)
    return new PlayheadError('PH_DOES_NOT_ADD_UP', `${where}: ${read} rows were read, the commits say ${due}`, {
      hint: `An object of ${input.database}.${input.name} is not what was published: \`playhead doctor\` checks them.`,
      details,
    });
  return new PlayheadError('PH_DOES_NOT_ADD_UP', `${where}: ${read} rows in, ${rows} out`, {
    hint: `A job of rows 'one-to-one' gives one row for each that it reads. If ${definition.sqlPath} aggregates, declare rows: 'aggregate'.`,
    details,
  });
}
