import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { systemEffects } from '../../src/base/effects.ts';
import { listAll, type ObjectStore, readAll, type UnfinishedUpload } from '../../src/lake/object-store.ts';
import { connectS3 } from '../../src/lake/s3/client.ts';
import { loadS3Sdk } from '../../src/lake/s3/sdk.ts';
import type { S3Settings } from '../../src/lake/s3/settings.ts';
import { openS3Store } from '../../src/lake/s3.ts';
import { openEngine } from '../../src/pipeline/engine/bind.ts';
import { embeddedProfile, type Profile } from '../../src/pipeline/engine/profile.ts';
import { queriesOf } from '../../src/pipeline/engine/queries.ts';
import { playThrough } from '../cli/plays-project.ts';
import { openTerminal, type Terminal } from '../cli/terminal.ts';
import { mountedToRead } from '../pipeline/engine/mounted-to-read.ts';
import { type SuiteServers, suiteServers } from './servers.ts';
import { byTrial, writeTrialProfile, writeTrialProject } from './trial-project.ts';
import { makeVersionedBucket } from './versioned-bucket.ts';

describe('a pipeline whose lake is a versioned bucket', { timeout: 600_000 }, () => {
  let servers: SuiteServers;
  let folder: string;
  let bucket: ObjectStore;
  let settings: S3Settings;
  let [onFiles, onS3]: [Terminal | undefined, Terminal | undefined] = [undefined, undefined];
  before(async () => {
    servers = await suiteServers('s3');
    folder = mkdtempSync(join(tmpdir(), 'playhead-s3-pipeline-'));
    const { endpoint = '', region = '', credentials = '' } = servers.settings('s3');
    settings = {
      endpoint,
      region,
      bucket: 'plays',
      pathStyle: true,
      credentials: { file: credentials },
    };
    await makeVersionedBucket(settings);
    bucket = await openS3Store(settings, { folder: join(folder, 'own-copies') }, systemEffects());
    onFiles = project(join(folder, 'files'), { backend: 'files' });
    onS3 = project(join(folder, 's3'), { backend: 's3', ...settings });
    for (const terminal of [onFiles, onS3]) {
      await playThrough(terminal);
      assert.equal((await terminal.run(['run', 'curate'])).exitCode, 0);
    }
  });
  after(async () => {
    await bucket.close();
    rmSync(folder, { recursive: true });
    await servers.stop();
  });

  const both = async (...words: readonly string[]): Promise<readonly unknown[]> =>
    Promise.all([onFiles?.json(words), onS3?.json(words)]);
  const ran = async (...words: readonly string[]): Promise<{ exitCode: number; out: string }> => {
    const answer = await onS3?.run(words);
    assert.ok(answer);
    return answer;
  };

  test('answers as on files, and has scanned as many bytes', async () => {
    for (const sql of [
      'SELECT count(*), sum(seconds) FROM plays.curated',
      'SELECT play_id, seconds FROM plays.landing WHERE hour = 11 ORDER BY 1',
      'SELECT count(*) FROM plays.landing WHERE hour = 12',
    ]) {
      const [files, s3] = await both('query', sql);
      const figures = (answer: unknown) => {
        const { rows, bytesScanned } = answer as { rows: unknown; bytesScanned: number };
        return { rows, bytesScanned };
      };
      assert.deepEqual(figures(s3), figures(files));
    }
  });

  test('accounts for every record, and follows one', async () => {
    assert.equal((await ran('ledger', '--deep')).exitCode, 0);
    assert.match((await ran('trace', '--key', 'play_id=p3')).out, /delivered/);
    assert.equal((await ran('rebuild')).exitCode, 0);
    assert.equal((await ran('ledger')).exitCode, 0);
  });

  test('takes a person out of objects, their former versions and the copies here', async () => {
    const erased = await ran('erase', '--key', 'play_id=p3');
    assert.equal(erased.exitCode, 0, erased.out);
    for await (const { key } of listAll(bucket, ''))
      if (key.endsWith('.parquet')) assert.ok(!Buffer.from((await readAll(bucket, key)).bytes).includes('"p3"'), key);
    let versions = 0;
    for await (const { kind, key, versionId, latest } of bucket.versions?.list('plays/') ?? []) {
      if (kind === 'delete-marker' || latest) continue;
      versions += 1;
      assert.fail(`${key} is still there as it was, version ${versionId}`);
    }
    assert.equal(versions, 0);
    assert.equal((await ran('ledger')).exitCode, 0);
  });

  test('lists what the lake holds otherwise than the catalog, and mends it by command', async () => {
    const listed = (await bucket.list('plays/')).objects;
    const [gone, altered] = listed;
    assert.ok(gone !== undefined && altered !== undefined);
    await bucket.put(gone.key.replace(/-[0-9a-f]{8}\.json/, '-0123abcd.json'), Buffer.from('{}\n'));
    await bucket.delete(gone.key);
    await bucket.put(altered.key, Buffer.from('{}\n'));
    const { exitCode, out } = await ran('ledger');
    assert.equal(exitCode, 4);
    for (const fault of [`missing in the lake: ${gone.key}`, `changed in the lake: ${altered.key}`, '-0123abcd'])
      assert.ok(out.includes(fault), out);
    const restored = await ran('repair');
    assert.equal(restored.exitCode, 0, restored.out);
    assert.match((await ran('scrub')).out, /removed 1/);
    assert.equal((await ran('ledger')).exitCode, 0);
    for (const { key, etag } of [gone, altered]) assert.equal((await bucket.head(key))?.etag, etag);
  });

  test('shows every home that has it what any of them delivers', async () => {
    const other = project(join(folder, 'other'), { backend: 's3', ...settings });
    await other.run(['deliver', '--drain']);
    const count = ['query', 'SELECT count(*), (SELECT count(*) FROM plays.curated) FROM plays.landing'];
    assert.deepEqual(rowsOf(await other.json(count)), rowsOf(await onS3?.json(count)));
    assert.equal((await ran('deliver', '--drain')).exitCode, 0);
    assert.equal((await ran('run', 'curate')).exitCode, 0);
    assert.deepEqual(rowsOf(await other.json(count)), rowsOf(await onS3?.json(count)));
  });

  test('answers from a home that can only be read, of which nothing is changed', async () => {
    const home = join(folder, 's3/.playhead');
    const effects = systemEffects();
    const profile: Profile = { ...embeddedProfile, lake: { backend: 's3', ...settings } };
    const bound = { pipelines: [], profile, home };
    const engine = openEngine(bound, { ...effects, fs: mountedToRead(home, effects) });
    const queries = await queriesOf(engine);
    try {
      const { pages } = await queries.run('SELECT count(*), sum(seconds) FROM plays.curated');
      const rows: unknown[] = [];
      for await (const page of pages) rows.push(...page);
      const asked = await onS3?.json(['query', 'SELECT count(*), sum(seconds) FROM plays.curated']);
      assert.equal(String(rows), String(rowsOf(asked)));
      await assert.rejects((await engine.lake()).put('plays/x', Buffer.from('x')), { code: 'PH_STORAGE_READ_ONLY' });
    } finally {
      await queries.close();
      await engine.close();
    }
  });

  test('finds an upload that a killed process left, and ends it', async () => {
    const sdk = await loadS3Sdk();
    const client = await connectS3(sdk, settings, systemEffects());
    const place = { Bucket: settings.bucket, Key: 'plays/left.json' };
    const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand(place));
    await client.send(new sdk.UploadPartCommand({ ...place, UploadId, PartNumber: 1, Body: 'part' }));
    client.destroy();
    const left: UnfinishedUpload[] = [];
    for await (const upload of bucket.uploads?.('plays/') ?? []) left.push(upload);
    assert.deepEqual(
      left.map(({ key }) => key),
      [place.Key],
    );
    assert.ok(Math.abs(Date.now() - (left[0]?.startedMs ?? 0)) < 600_000);
    await left[0]?.end();
    await left[0]?.end();
    for await (const { key } of bucket.uploads?.('') ?? []) assert.fail(`${key} is still there`);
  });

  test('is exported as it is, and destroyed but for what others put there', async () => {
    await bucket.put('theirs/notes.txt', Buffer.from('of others'));
    const to = join(folder, 'export');
    assert.equal((await ran('export', '--to', to)).exitCode, 0);
    for await (const { key, sizeBytes } of listAll(bucket, 'curated/'))
      assert.equal(statSync(join(to, 'lake', key)).size, sizeBytes);
    const restored = await ran('restore', '--from', to, '--home', join(folder, 'restored'));
    assert.deepEqual([restored.exitCode, existsSync(join(folder, 'restored'))], [2, false]);
    const destroyed = await ran('destroy', '--yes');
    assert.equal(destroyed.exitCode, 0, destroyed.out);
    const left: string[] = [];
    for await (const { key } of listAll(bucket, '')) left.push(key);
    assert.deepEqual(left, ['theirs/notes.txt']);
  });
});

function rowsOf(answer: unknown): unknown {
  return (answer as { rows: unknown }).rows;
}

/** A project whose every call goes by a profile with this lake. */
function project(folder: string, lake: Readonly<Record<string, unknown>>): Terminal {
  mkdirSync(folder);
  writeTrialProject(folder);
  writeTrialProfile(folder, { lake });
  const terminal = openTerminal(folder);
  return {
    clock: terminal.clock,
    run: (words, settings) => terminal.run([...words, ...byTrial], settings),
    json: (words, settings) => terminal.json([...words, ...byTrial], settings),
  };
}
