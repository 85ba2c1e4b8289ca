import assert from 'node:assert/strict';
import { linkSync, lstatSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { openFilePins } from '../../src/lake/file-pins.ts';

const root = mkdtempSync(join(tmpdir(), 'playhead-pins-'));
after(() => rmSync(root, { recursive: true }));
const stat = (path: string) => lstatSync(path, { bigint: true });

test('a link that is there is kept on: no link is made, its time moves on, the object stays as it was', async () => {
  const path = join(root, 'a.json.gz');
  writeFileSync(path, 'one');
  let links = 0;
  const effects = testEffects();
  const link: typeof effects.fs.link = async (...names) => {
    links += 1;
    await effects.fs.link(...names);
  };
  const pins = await openFilePins(join(root, 'pins'), { ...effects, fs: { ...effects.fs, link } });
  const first = await pins.pin(path, 'etag', stat(path).ino);
  const before = stat(path);
  // The system's clock for files goes in steps of some milliseconds.
  let again: string | undefined;
  do again = await pins.pin(path, 'etag', stat(path).ino);
  while (stat(path).ctimeNs === before.ctimeNs);
  assert.deepEqual([again, links], [first, 1]);
  const { mtimeNs, mode, size } = stat(path);
  assert.deepEqual([mtimeNs, mode, size], [before.mtimeNs, before.mode, before.size]);
  unlinkSync(first ?? '');
  assert.equal(await pins.pin(path, 'etag', before.ino), first);
  assert.equal(links, 2);
});

test('a link to another content of the same name is not handed out', async () => {
  const [path, other] = [join(root, 'b.json'), join(root, 'other.json')];
  writeFileSync(path, 'one');
  writeFileSync(other, 'two');
  const pins = await openFilePins(join(root, 'pins'), testEffects());
  const pinned = await pins.pin(path, 'etag', stat(path).ino);
  unlinkSync(pinned ?? '');
  linkSync(other, pinned ?? '');
  assert.equal(await pins.pin(path, 'etag', stat(path).ino), pinned);
  assert.equal(stat(pinned ?? '').ino, stat(path).ino);
  assert.equal(await pins.pin(path, 'etag', stat(other).ino), undefined);
});
