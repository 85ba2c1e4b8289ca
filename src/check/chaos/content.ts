import { join } from 'node:path';
import { type DuckSession, sqlString } from '../../duck/duck.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import { listAll } from '../../lake/object-store.ts';
import { registeredObjects } from '../../pipeline/engine/registered-objects.ts';
import { resolveAddress } from '../../pipeline/graph/address.ts';
import { tableName } from '../../pipeline/graph/table-names.ts';
import { quarantineFolder } from '../../transform/quarantine.ts';
import { type Flow, jobsInOrder } from './flow.ts';

/** What came out at the end of a flow, as relations: rows of the tables that jobs make, and what they quarantined. */
export interface Content {
  /** SQL by what it gives: `table db.name`, `quarantine of job`; undefined where there are no rows. */
  readonly relations: ReadonlyMap<string, string | undefined>;
}

export async function contentOf({ engine, settings }: Flow): Promise<Content> {
  const lake = await engine.lake();
  const relations = new Map<string, string | undefined>();
  for (const { address, definition, pipeline } of jobsInOrder(settings)) {
    const target = resolveAddress(engine.pipelines, definition.into, ['table'], pipeline);
    const files: string[] = [];
    for (const { key, etag } of await registeredObjects(engine, target)) files.push(await lake.localFile(key, etag));
    relations.set(`rows of ${tableName(target)}`, selected(files, '*'));
    const quarantined: string[] = [];
    for await (const { key } of listAll(lake, quarantineFolder(address))) quarantined.push(await lake.localFile(key));
    relations.set(`records in quarantine of ${address}`, selected(quarantined, 'reason, text'));
  }
  return { relations };
}

function selected(files: readonly string[], columns: string): string | undefined {
  if (files.length === 0) return undefined;
  return `SELECT ${columns} FROM ${parquetRows(files)}`;
}

/** The content as files of its own, which stay when the home goes. */
export async function keepContent(content: Content, folder: string, session: DuckSession): Promise<Content> {
  const relations = new Map<string, string | undefined>();
  for (const [name, sql] of content.relations) {
    const file = join(folder, `expected-${relations.size}.parquet`);
    if (sql !== undefined) await session.run(`COPY (${sql}) TO ${sqlString(file)} (FORMAT parquet)`);
    relations.set(name, sql === undefined ? undefined : `SELECT * FROM ${parquetRows(file)}`);
  }
  return { relations };
}

/** What one has and the other has not, counted with repetitions. */
export async function contentProblems(found: Content, expected: Content, session: DuckSession): Promise<string[]> {
  const problems: string[] = [];
  for (const [name, wanted] of expected.relations) {
    const there = found.relations.get(name);
    const missing = await countLeft(wanted, there, session);
    const extra = await countLeft(there, wanted, session);
    if (missing + extra > 0) problems.push(`${name}: ${missing} missing, ${extra} too many`);
  }
  return problems;
}

async function countLeft(of: string | undefined, without: string | undefined, session: DuckSession): Promise<number> {
  if (of === undefined) return 0;
  const left = without === undefined ? of : `(${of}) EXCEPT ALL (${without})`;
  return Number(await session.value(`SELECT count(*) FROM (${left})`));
}
