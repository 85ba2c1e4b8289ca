import { PlayheadError } from '../../base/errors.ts';
import type { Catalog, CatalogTable } from '../../catalog/catalog.ts';
import type { TableDefinition } from '../../catalog/definition.ts';
import { ensureEntry, tableEntry } from '../../catalog/ensure-table.ts';
import { tableColumns } from '../../catalog/table-columns.ts';
import { storageError, systemCode } from '../../lake/storage-error.ts';
import { registerCommits } from '../../table/contribution.ts';
import type { PipelineDefinition } from '../definition.ts';
import type { Engine } from '../engine/bind.ts';
import { writeWhole } from '../engine/home.ts';
import { addressed } from '../graph/address.ts';
import { contributorsOf, writerOf } from '../graph/writers.ts';
import { type Applied, appliedAfter, parseApplied } from './applied.ts';
import { type Change, planChanges } from './plan.ts';

/** The definitions as they were last applied in this home; none in a new one. PH_STATE_CORRUPT when the file is damaged. */
export async function readApplied(engine: Engine): Promise<Applied> {
  const file = engine.home.appliedFile;
  let text: string;
  try {
    text = await engine.effects.fs.readFile(file, 'utf8');
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return { pipelines: [], removed: [] };
    throw storageError(cause, `reading ${file}`);
  }
  const applied = parseApplied(text);
  if (applied === undefined) {
    throw new PlayheadError('PH_STATE_CORRUPT', `${file} is damaged: it does not hold the applied definitions`, {
      hint: 'Move it aside: the next command that writes applies the present definitions anew. No data is in it.',
    });
  }
  return applied;
}

/** Pipelines that are loaded, and those of other configs that this home was told of, as they last were. */
export async function knownPipelines(engine: Engine): Promise<readonly PipelineDefinition[]> {
  const loaded = new Set(engine.pipelines.map(({ name }) => name));
  const others = (await readApplied(engine)).pipelines.filter(({ name }) => !loaded.has(name));
  return [...engine.pipelines, ...others];
}

/**
 * Makes the home what the definitions say: topics, databases and tables; what is there already is left alone. Refuses with
 * PH_DEFINITION_INCOMPATIBLE what cannot become what is asked for, before it changes anything. Idempotent.
 */
export async function applyDefinitions(engine: Engine): Promise<readonly Change[]> {
  const applied = await readApplied(engine);
  const changes = planChanges(applied, engine.pipelines);
  refuseIncompatible(changes);
  const altered = new Set(changes.filter(({ change }) => change === 'altered').map(({ address }) => address));
  const before = new Map(addressed(applied.pipelines, 'table').map((entry) => [entry.address, entry.definition]));
  const stream = await engine.stream();
  const catalog = await engine.catalog();
  for (const { definition } of addressed(engine.pipelines, 'stream')) {
    const { topic, partitions, retentionMs, cleanup } = definition;
    await stream.ensureTopic({ topic, partitions, retentionMs, cleanup });
  }
  for (const { address, definition } of addressed(engine.pipelines, 'table')) {
    const writer = definition.objects === 'commits' ? writerOf(engine.pipelines, address)?.address : undefined;
    const entry = { ...tableEntry(definition), ...(writer === undefined ? {} : { series: writer }) };
    await ensureAltered(catalog, entry, altered.has(address) ? before.get(address) : undefined);
    if (writer !== undefined) await takeInCommits(engine, address, definition);
  }
  if (changes.length > 0) {
    const text = JSON.stringify(appliedAfter(applied, engine.pipelines));
    await writeWhole(engine.home.appliedFile, text, engine.effects).catch((cause: unknown) => {
      throw storageError(cause, `writing ${engine.home.appliedFile}`);
    });
  }
  return changes;
}

function refuseIncompatible(changes: readonly Change[]): void {
  const refused = changes.filter(({ change }) => change === 'incompatible');
  if (refused.length === 0) return;
  const lines = refused.flatMap(({ address, what }) => what.map((reason) => `${address}: ${reason}`));
  throw new PlayheadError(
    'PH_DEFINITION_INCOMPATIBLE',
    `the definitions do not fit what is in this home\n${lines.join('\n')}`,
    {
      hint: `${refused[0]?.hint ?? ''}\n\`playhead plan\` shows all changes. A new --home begins from nothing.`,
      details: { changes: refused },
    },
  );
}

/**
 * Creates the table's entry. With the definition that was applied `before` an altered one, takes over what was altered in
 * its columns; whatever else the entry holds stays, columns of statements and of the crawler too.
 */
async function ensureAltered(
  catalog: Catalog,
  entry: Omit<CatalogTable, 'version'>,
  before: TableDefinition | undefined,
): Promise<void> {
  const found = await catalog.table(entry.database, entry.name);
  if (found === undefined) {
    await ensureEntry(catalog, entry);
  } else if (before !== undefined) {
    const { version, ...kept } = found;
    const declared = new Set([...tableColumns(before), ...entry.columns].map(({ name }) => name.toLowerCase()));
    const others = found.columns.filter(({ name }) => !declared.has(name.toLowerCase()));
    await catalog.putTable({ ...kept, columns: [...entry.columns, ...others] }, version);
  }
}

/** Where the catalog was lost, a new entry would be empty, and queries would answer 0 until the next delivery. */
async function takeInCommits(engine: Engine, address: string, table: TableDefinition): Promise<void> {
  const [lake, catalog] = [await engine.lake(), await engine.catalog()];
  for (const contributor of await contributorsOf(engine.pipelines, address, table, lake))
    await registerCommits(catalog, lake, contributor, engine.effects);
}
