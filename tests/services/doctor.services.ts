import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { bucketPolicy } from '../../services/versitygw/access.ts';
import { systemEffects } from '../../src/base/effects.ts';
import { connectS3 } from '../../src/lake/s3/client.ts';
import { bucketRights, objectRights } from '../../src/lake/s3/needed-rights.ts';
import { loadS3Sdk } from '../../src/lake/s3/sdk.ts';
import { type Answer, openTerminal } from '../cli/terminal.ts';
import { type SuiteServers, suiteServers } from './servers.ts';
import { byTrial, writeTrialProfile, writeTrialProject } from './trial-project.ts';
import { setVersioning } from './versioned-bucket.ts';

describe('the doctor of a lake on a server', { timeout: 600_000 }, () => {
  let servers: SuiteServers;
  let folder: string;
  before(async () => {
    servers = await suiteServers('s3');
    folder = mkdtempSync(join(tmpdir(), 'playhead-doctor-'));
    writeTrialProject(folder);
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await servers.stop();
  });

  const doctor = (lake: Readonly<Record<string, unknown>>): Promise<Answer> => {
    const { endpoint, region } = servers.settings('s3');
    const settings = { backend: 's3', endpoint, region, bucket: 'playhead', pathStyle: true, ...lake };
    writeTrialProfile(folder, { lake: settings });
    return openTerminal(folder).run(['doctor', ...byTrial]);
  };
  const as = (key: string) => ({ credentials: { file: servers.settings('s3')[key] } });

  /** Gives the guest every documented right but these. */
  async function letGuest(...lacking: readonly string[]): Promise<void> {
    const { endpoint = '', region = '', bucket = '', credentials = '', guest = '' } = servers.settings('s3');
    const sdk = await loadS3Sdk();
    const settings = { endpoint, region, bucket, pathStyle: true, credentials: { file: credentials } };
    const client = await connectS3(sdk, settings, systemEffects());
    const policy = JSON.parse(bucketPolicy(bucket, guest));
    for (const each of policy.Statement)
      each.Action = each.Action.filter((action: string) => !lacking.includes(action));
    const Policy = JSON.stringify(policy);
    await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
    client.destroy();
  }

  it('finds that the documented rights are enough, and that clocks differ', async () => {
    const { out } = await doctor(as('userCredentials'));
    assert.match(out, /! lake +lake +every right is there; creates once, replaces only what is meant/);
    assert.match(out, /this machine's clock is \d+ s behind the store's\n\s+→ set the clock/);
  });

  it('names each right that is lacking, and looks no further', async () => {
    await letGuest('s3:DeleteObject', 's3:ListBucket');
    const { exitCode, out } = await doctor(as('guestCredentials'));
    assert.equal(exitCode, 4);
    assert.match(out, /^lake is the first silent link: these credentials lack s3:ListBucket$/m);
    assert.match(out, /^\s+and s3:DeleteObject$/m);
    assert.doesNotMatch(out, /plays\.records/);
  });

  it('names any single right that is lacking, on a bucket with versions', async () => {
    const { endpoint = '', region = '', bucket = '', credentials = '' } = servers.settings('s3');
    const settings = { endpoint, region, bucket, pathStyle: true, credentials: { file: credentials } };
    await setVersioning(settings, 'Enabled');
    // The gateway asks for neither of those on rules.
    for (const right of [...bucketRights, ...objectRights].filter((each) => !each.includes('Lifecycle'))) {
      await letGuest(right);
      const { out } = await doctor(as('guestCredentials'));
      assert.match(out, new RegExp(`✗ lake +lake +these credentials lack ${right}\\n`));
    }
  });

  it('says what is wrong with the bucket, the address or the credentials', async () => {
    const cases: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
      [{ ...as('credentials'), bucket: 'elsewhere' }, /there is no bucket elsewhere/],
      [{ ...as('credentials'), endpoint: 'http://127.0.0.1:1', attempts: 1 }, /127\.0\.0\.1:1/],
      [{ credentials: { file: join(folder, 'none') } }, /none can't be read/],
    ];
    for (const [lake, finding] of cases) {
      const { exitCode, out } = await doctor(lake);
      assert.equal(exitCode, 4);
      assert.match(out, /^ {2}✗ lake /m);
      assert.match(out, finding);
    }
  });
});
