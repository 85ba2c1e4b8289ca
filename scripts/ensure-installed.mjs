// Runs before every npm script, on whatever Node the machine has: installs the locked dependencies (Node 24 among them)
// where they are missing or older than the lock file. Plain JavaScript, because it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'node_modules', '.package-lock.json');
const lock = join(root, 'package-lock.json');
// A linked node_modules is shared with another checkout: to install here would empty it there.
const shared = lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink() === true;
const fresh = shared || (existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(lock).mtimeMs - 1000);
const node = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');

if (!fresh || !existsSync(node)) {
  process.stderr.write('playhead: installing dependencies (once) …\n');
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (result.status !== 0) {
    process.stderr.write('playhead: `npm ci` failed; its message is above. Fix it and run the same command again.\n');
    process.exit(result.status ?? 1);
  }
}
