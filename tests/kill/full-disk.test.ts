import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';

/** How a try ended that found no room. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** Runs a command with a disk of six megabytes mounted at the folder, in a namespace of its own: no rights are needed. */
function onSmallDisk(folder: string, command: readonly string[]): ReturnType<typeof spawnSync> {
  const mounted = 'mount -t tmpfs -o size=6m tmpfs "$0" && exec "$@"';
  return spawnSync('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', mounted, folder, ...command]);
}

it('a disk that is full at any point is named as full, with what to do; nothing is lost, and work goes on with room', async (test) => {
  const folder = await mkdtemp(join(tmpdir(), 'playhead-full-'));
  try {
    if (onSmallDisk(folder, ['true']).status !== 0) {
      test.skip('this system lets nobody mount a small disk of his own (unshare)');
      return;
    }
    const script = join(import.meta.dirname, 'child', 'full-disk.ts');
    const child = onSmallDisk(folder, [process.execPath, '--disable-warning=ExperimentalWarning', script, folder]);
    assert.equal(child.status, 0, String(child.stderr));
    const failures = JSON.parse(String(child.stdout)) as Failure[];
    assert.equal(String(child.stderr), '', 'no file is left open');
    const places = [/^opening the lake/, /catalog\.sqlite$/, /index\.sqlite$/, /^writing .*: the disk is full$/];
    for (const place of places)
      assert.ok(
        failures.some(({ message }) => place.test(message)),
        String(place),
      );
    assert.deepEqual(
      failures.filter(({ code, hint }) => code !== 'PH_STORAGE_FULL' || hint === ''),
      [],
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
