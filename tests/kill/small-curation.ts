import assert from 'node:assert/strict';
import type { Effects } from '../../src/base/effects.ts';
import { table } from '../../src/catalog/definition.ts';
import { ensureTable } from '../../src/catalog/ensure-table.ts';
import { deliveryContributors } from '../../src/delivery/contributors.ts';
import { sqlStringList } from '../../src/duck/duck.ts';
import { listAll } from '../../src/lake/object-store.ts';
import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';
import { jobAccount } from '../../src/transform/account.ts';
import type { BoundJob, JobPorts } from '../../src/transform/bound-job.ts';
import { byHour, sqlJob } from '../../src/transform/definition.ts';
import { runJob } from '../../src/transform/run-job.ts';
import { landing, landingTable } from './small-pipeline.ts';
import { Tick, type TrueRecord } from './small-stream.ts';

const address = 'kill.curate';

const curated = table({
  database: 'kill',
  name: 'curated',
  record: defineRecord('curated-tick', { fields: { ...Tick.fields, ticked: field.timestamp() } }),
  location: 'curated/',
  format: 'parquet',
  partitions: { year: 'int', month: 'int', day: 'int', hour: 'int' },
});

const definition = sqlJob({
  from: landing(1).address,
  into: 'kill.curated',
  sql: {
    text: 'SELECT id, at, seconds, from_iso8601_timestamp(at) AS ticked FROM kill.landing',
    path: 'curate.sql',
  },
  rows: 'one-to-one',
  incremental: byHour('at'),
  unique: { key: ['id'] },
});

/** The lease of the curation: who deletes it stands for one who took it over. */
export const curationLease = `_playhead/leases/${address}.json`;

/** Brings the curated table of the small pipeline up to what is landed. */
export async function curate(ports: JobPorts, effects: Effects): Promise<void> {
  await ensureTable(ports.catalog, curated);
  const series = await deliveryContributors(ports.store, landing(1).address, landingTable);
  const job: BoundJob = { name: address, definition, input: { table: landingTable, series }, target: curated };
  await runJob(job, ports, effects);
}

/**
 * Fails unless the curated table holds each of the sound records once, by its key and with its values, each landed object
 * was read once, and the lake holds what the catalog names and nothing else.
 */
export async function checkCurated(sound: readonly TrueRecord[], ports: JobPorts, effects: Effects): Promise<void> {
  const distinct = [...new Set(sound.map(({ line }) => line))];
  await checkObjects(ports);
  await checkAccount(ports, { read: sound.length, written: distinct.length }, effects);
  // Keys are ASCII: their order in JavaScript is that of DuckDB.
  const expected = distinct
    .map((line) => JSON.parse(line) as { id: string; at: string; seconds: number }) // a line of `Tick`
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, at, seconds }) => [id, at, seconds, BigInt(Date.parse(at))]);
  assert.deepEqual(await rows(ports), expected);
}

async function rows({ store, catalog, duck }: JobPorts): Promise<readonly (readonly unknown[])[]> {
  const files: string[] = [];
  for (const { key, etag } of await catalog.objects('kill', 'curated')) files.push(await store.localFile(key, etag));
  await using session = await duck.connect();
  const source = `read_parquet(${sqlStringList(files)}, hive_partitioning = false)`;
  return (await session.all(`SELECT id, "at", seconds, epoch_ms(ticked) FROM ${source} ORDER BY ALL`)).rows;
}

async function checkObjects({ store, catalog }: JobPorts): Promise<void> {
  const stored: string[] = [];
  for await (const { key, etag } of listAll(store, curated.location)) stored.push(`${key} ${etag}`);
  const named = (await catalog.objects('kill', 'curated')).map(({ key, etag }) => `${key} ${etag}`);
  assert.deepEqual(named.sort(), stored.sort(), 'the catalog names what is stored');
}

/** The unique key would hide what was read twice; the account does not. */
async function checkAccount(
  { store, catalog }: JobPorts,
  { read, written }: { readonly read: number; readonly written: number },
  effects: Effects,
): Promise<void> {
  const consumed: string[] = [];
  const totals = { read: 0, written: 0, deduplicated: 0, quarantined: 0 };
  for await (const { inputs, total } of jobAccount(store, address, effects)) {
    consumed.push(...inputs.map(({ key }) => key));
    totals.read += total.read;
    totals.written += total.written;
    totals.deduplicated += total.deduplicated;
    totals.quarantined += total.quarantined;
  }
  const landed = (await catalog.objects('kill', 'landing')).map(({ key }) => key);
  assert.deepEqual(consumed.sort(), landed.sort(), 'each landed object is read once');
  assert.deepEqual(totals, { read, written, deduplicated: read - written, quarantined: 0 });
}
