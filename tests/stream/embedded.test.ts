import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testEffects } from '../../src/base/effects.ts';
import { newMasterKey } from '../../src/base/key-ring.ts';
import { openEmbeddedStream } from '../../src/stream/embedded/open.ts';
import { streamConformance } from '../conformance/stream.ts';

streamConformance('the embedded log', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'playhead-stream-'));
  return {
    open: () => openEmbeddedStream(directory, testEffects(), { segmentBytes: 4096 }),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
});

streamConformance('the embedded log, sealed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'playhead-stream-'));
  const key = newMasterKey();
  const ring = { current: key, keys: [key], from: 'the test' };
  return {
    open: () => openEmbeddedStream(directory, testEffects(), { segmentBytes: 4096, ring }),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
});
