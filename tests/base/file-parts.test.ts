import assert from 'node:assert/strict';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { systemEffects } from '../../src/base/effects.ts';
import { fileParts, readParts } from '../../src/base/file-parts.ts';

describe('reading a file in parts', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'playhead-parts-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function parts(source: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
    const read: Uint8Array[] = [];
    for await (const part of source) read.push(part);
    return read;
  }

  it('gives every byte in its place, a MiB at a time', async () => {
    const bytes = Buffer.from(Uint8Array.from({ length: 2 * 1024 ** 2 + 5 }, (_, i) => (i * 31) % 251));
    const path = join(folder, 'large');
    await writeFile(path, bytes);
    const read = await parts(fileParts(path, systemEffects()));
    assert.deepEqual(
      read.map(({ length }) => length),
      [1024 ** 2, 1024 ** 2, 5],
    );
    assert.ok(Buffer.concat(read).equals(bytes));
  });

  it('takes no more memory for a small file than it has bytes', async () => {
    const path = join(folder, 'small');
    await writeFile(path, Buffer.alloc(64 * 1024, 1));
    const [part] = await parts(fileParts(path, systemEffects()));
    assert.equal(part?.buffer.byteLength, 64 * 1024);
  });

  it('keeps to a range, and ends where a file is shorter', async () => {
    const path = join(folder, 'short');
    await writeFile(path, 'a line');
    await using handle = await open(path);
    assert.equal(Buffer.concat(await parts(readParts(handle, 2, 4))).toString(), 'li');
    assert.equal(Buffer.concat(await parts(readParts(handle, 2, 100))).toString(), 'line');
  });
});
