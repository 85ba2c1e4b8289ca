import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Effects } from '../../src/base/effects.ts';
import { table } from '../../src/catalog/definition.ts';
import { deliveryContributors } from '../../src/delivery/contributors.ts';
import type { DeliveryPorts } from '../../src/delivery/delivery.ts';
import { ensureTable } from '../../src/delivery/register.ts';
import { openDuck, sqlStringList } from '../../src/duck/duck.ts';
import { listAll } from '../../src/lake/object-store.ts';
import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';
import { jobAccount } from '../../src/transform/account.ts';
import { byHour, sqlJob } from '../../src/transform/definition.ts';
import { type BoundJob, type JobPorts, runJob } from '../../src/transform/run-job.ts';
import { isBroken, landing, landingTable, Tick, tickAt } from './small-pipeline.ts';

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
  from: landing.address,
  into: 'kill.curated',
  sql: { text: 'SELECT n, at, from_iso8601_timestamp(at) AS ticked FROM kill.landing', path: 'curate.sql' },
  rows: 'one-to-one',
  incremental: byHour('at'),
  unique: { key: ['n'] },
});

export interface SmallCuration {
  /** Brings the curated table up to what is landed. */
  curate(): Promise<void>;
  /** The same, though another run may hold the lease: the conditional writes must do without it. */
  curateUnleased(): Promise<void>;
  /**
   * Fails unless the table holds each of the first `total` records that is not broken once and with its values, each
   * landed object was read once, and the lake holds what the catalog names and nothing else.
   */
  check(total: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens the job that curates what the small pipeline lands. Several processes may share the directory. */
export async function openSmallCuration(home: string, ports: DeliveryPorts, effects: Effects): Promise<SmallCuration> {
  const { lake: store, catalog } = ports;
  const temporaryDirectory = join(home, 'tmp');
  await mkdir(temporaryDirectory, { recursive: true });
  const duck = await openDuck({ memoryBytes: 128 * 1024 ** 2, threads: 1, temporaryDirectory });
  await ensureTable(catalog, curated);
  const jobPorts: JobPorts = { store, catalog, duck };
  const curate = async (): Promise<void> => {
    const series = await deliveryContributors(store, landing.address, landingTable);
    const job: BoundJob = { name: address, definition, input: { table: landingTable, series }, target: curated };
    await runJob(job, jobPorts, effects);
  };
  return {
    curate,
    curateUnleased: async () => {
      await store.delete(`_playhead/leases/${address}.json`);
      await curate();
    },
    check: async (total) => {
      const sound = [...Array(total).keys()].filter((n) => !isBroken(n));
      await checkObjects(jobPorts);
      await checkAccount(jobPorts, sound.length, effects);
      const expected = sound.map((n) => [n, tickAt(n), BigInt(Date.parse(tickAt(n)))]);
      assert.deepEqual(await rows(jobPorts), expected);
    },
    close: () => duck.close(),
  };
}

async function rows({ store, catalog, duck }: JobPorts): Promise<readonly (readonly unknown[])[]> {
  const files: string[] = [];
  for (const { key, etag } of await catalog.objects('kill', 'curated')) files.push(await store.localFile(key, etag));
  await using session = await duck.connect();
  const source = `read_parquet(${sqlStringList(files)}, hive_partitioning = false)`;
  return (await session.all(`SELECT n, "at", epoch_ms(ticked) FROM ${source} ORDER BY ALL`)).rows;
}

async function checkObjects({ store, catalog }: JobPorts): Promise<void> {
  const stored: string[] = [];
  for await (const { key, etag } of listAll(store, curated.location)) stored.push(`${key} ${etag}`);
  const named = (await catalog.objects('kill', 'curated')).map(({ key, etag }) => `${key} ${etag}`);
  assert.deepEqual(named.sort(), stored.sort(), 'the catalog names what is stored');
}

/** The unique key would hide what was read twice; the account does not. */
async function checkAccount({ store, catalog }: JobPorts, sound: number, effects: Effects): Promise<void> {
  const consumed: string[] = [];
  const totals = { read: 0, written: 0 };
  for await (const { inputs, total } of jobAccount(store, address, effects)) {
    consumed.push(...inputs.map(({ key }) => key));
    totals.read += total.read;
    totals.written += total.written;
  }
  const landed = (await catalog.objects('kill', 'landing')).map(({ key }) => key);
  assert.deepEqual(consumed.sort(), landed.sort(), 'each landed object is read once');
  assert.deepEqual(totals, { read: sound, written: sound });
}
