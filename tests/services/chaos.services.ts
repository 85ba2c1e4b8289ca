import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { systemEffects } from '../../src/base/effects.ts';
import { openS3Store } from '../../src/lake/s3.ts';
import { chaosIn } from '../check/chaos/small-chaos.ts';
import { type SuiteServers, suiteServers } from './servers.ts';

const project = join(import.meta.dirname, '../check/chaos/small');

describe('rounds of faults whose lake is a bucket', { timeout: 600_000 }, () => {
  let servers: SuiteServers;
  let folder: string;
  before(async () => {
    servers = await suiteServers('s3');
    folder = await mkdtemp(join(tmpdir(), 'playhead-chaos-'));
  });
  after(async () => {
    await rm(folder, { recursive: true });
    await servers.stop();
  });

  it('leave each record in its place, and nothing in the bucket', async () => {
    const { endpoint = '', region = '', bucket = '', credentials: file = '' } = servers.settings('s3');
    const lake = { backend: 's3', endpoint, region, bucket, pathStyle: true, credentials: { file } } as const;
    // Of deliveries and jobs: one that stands still, one that only trims, a damaged object.
    const { rounds } = await chaosIn({ project, pipeline: 'small', rounds: [4, 7, 14], folder, events: 100, lake });
    const broken = rounds.flatMap(({ round, violations }) =>
      violations.map(({ invariant, problem }) => `round ${round}: ${invariant}: ${problem}`),
    );
    assert.deepEqual(broken, []);
    const store = await openS3Store(lake, { folder: join(folder, 'copies') }, systemEffects());
    assert.deepEqual((await store.list('')).objects, []);
    await store.close();
  });
});
