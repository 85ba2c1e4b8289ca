// `npm test`: all tests that need no server; `npm test -- FILE...` runs those alone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const memoryFiles = '/dev/shm';
/** All homes together stay far below. A container often has 64 MiB of files in memory, which is too little. */
const roomBytes = 4 * 1024 ** 3;

/**
 * A folder for the tests' homes: in memory where there is room. No test takes the power away, so that here the syncs of a disk
 * prove nothing, and they are most of what small homes wait for.
 */
function scratchFolder(): string {
  const stats = existsSync(memoryFiles) ? statfsSync(memoryFiles) : undefined;
  const roomy = stats !== undefined && stats.bavail * stats.bsize > roomBytes && freemem() > roomBytes;
  return mkdtempSync(join(roomy ? memoryFiles : tmpdir(), 'playhead-tests-'));
}

const scratch = scratchFolder();
const files = process.argv.slice(2);
const tests = spawn(
  process.execPath,
  [
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-timeout=150000',
    '--test-concurrency=3',
    ...(files.length > 0 ? files : ['tests/**/*.test.ts']),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    // Hundreds of processes read the same sources: each is compiled once, not by each.
    env: { ...process.env, TMPDIR: scratch, NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compiled') },
  },
);
// The tests get the terminal's signal too, and end by it; the folder goes after them.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => tests.kill());
const [code] = await once(tests, 'close');
rmSync(scratch, { recursive: true, force: true });
process.exitCode = code ?? 1;
