import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

/** How a try ended that found no room. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

const node = [process.execPath, '--disable-warning=ExperimentalWarning'];

/** Runs a command with a disk of six megabytes mounted at the folder, in a namespace of its own: no rights are needed. */
function onSmallDisk(folder: string, command: readonly string[]): ReturnType<typeof spawnSync> {
  const mounted = 'mount -t tmpfs -o size=6m tmpfs "$0" && exec "$@"';
  return spawnSync('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', mounted, folder, ...command]);
}

function smallDisks(): boolean {
  return onSmallDisk(tmpdir(), ['true']).status === 0;
}

describe('a disk that is full', { skip: smallDisks() ? false : 'nobody may mount a small disk here (unshare)' }, () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'playhead-full-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is named as full at any point, with what to do; nothing is lost, and work goes on with room', () => {
    const script = join(import.meta.dirname, 'child', 'full-disk.ts');
    const child = onSmallDisk(folder, [...node, script, folder]);
    assert.equal(child.status, 0, String(child.stderr));
    assert.equal(String(child.stderr), '', 'no file is left open');
    const failures = JSON.parse(String(child.stdout)) as Failure[];
    const places = [/^opening the lake/, /catalog\.sqlite$/, /index\.sqlite$/, /^writing .*: the disk is full$/];
    for (const place of places)
      assert.ok(
        failures.some(({ message }) => place.test(message)),
        String(place),
      );
    const unclear = failures.filter(({ code, hint }) => code !== 'PH_STORAGE_FULL' || hint === '');
    assert.deepEqual(unclear, []);
  });

  it('ends a command with its own exit code', () => {
    const filled = 'head -c 6200000 /dev/zero > "$0/ballast" && exec "$@"';
    const main = join(import.meta.dirname, '../../src/cli/main.ts');
    const command = [...node, main, 'crawl', '--home', join(folder, 'home')];
    const { status, stderr } = onSmallDisk(folder, ['sh', '-c', filled, folder, ...command]);
    assert.equal(status, 5);
    assert.match(String(stderr), /no room left to write .*\n.*Free some space.*\n.*PH_STORAGE_FULL/);
  });
});
