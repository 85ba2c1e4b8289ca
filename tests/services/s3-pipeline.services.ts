import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { systemEffects } from '../../src/base/effects.ts';
import { listAll, type ObjectStore, readAll } from '../../src/lake/object-store.ts';
import type { S3Settings } from '../../src/lake/s3/settings.ts';
import { openS3Store } from '../../src/lake/s3.ts';
import { playThrough } from '../cli/plays-project.ts';
import { openTerminal, type Terminal } from '../cli/terminal.ts';
import { type SuiteServers, suiteServers } from './servers.ts';
import { byTrial, writeTrialProfile, writeTrialProject } from './trial-project.ts';
import { makeVersionedBucket } from './versioned-bucket.ts';

describe('a pipeline whose lake is a versioned bucket', { timeout: 600_000 }, () => {
  let servers: SuiteServers;
  let folder: string;
  let bucket: ObjectStore;
  let [onFiles, onS3]: [Terminal | undefined, Terminal | undefined] = [undefined, undefined];
  before(async () => {
    servers = await suiteServers('s3');
    folder = mkdtempSync(join(tmpdir(), 'playhead-s3-pipeline-'));
    const { endpoint = '', region = '', credentials = '' } = servers.settings('s3');
    const settings: S3Settings = {
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

  test('finds and names what the lake no longer has, and the catalog does', async () => {
    const [object] = (await bucket.list('plays/')).objects;
    assert.ok(object);
    await bucket.delete(object.key);
    const { exitCode, out } = await ran('ledger');
    assert.equal(exitCode, 4);
    assert.ok(out.includes(`missing in the lake: ${object.key}`), out);
  });
});

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
