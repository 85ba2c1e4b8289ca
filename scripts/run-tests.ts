// `npm test`: all tests that need no server; `npm test -- FILE...` runs those alone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

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

/**
 * The longest, which begin first, each in a process of its own: they wait for processes that they start, and others work
 * meanwhile. `cli/program` looks at what is loaded, and must be the first to load it.
 */
const longest = [
  'check/chaos/rounds',
  'cli/demo',
  'transform/crash',
  'pipeline/erase/erase',
  'kill/unconditional-lake',
  'kill/workers',
  'transform/replay',
  'testing/package',
  'cli/documented',
  'cli/program',
  'kill/full-disk',
].map((name) => `tests/${name}.test.ts`);

/** Of the others: most take milliseconds, and a process needs half a second until it has loaded the engine. */
const filesAProcess = 12;

/**
 * Writes a file for each process, in the order in which they begin; what a file of tests registers, hooks too, holds within the
 * suite that bears its name. Node's runner knows it by following each promise (a twentieth of the CPU): it cannot do without.
 */
function writeProcesses(folder: string): string[] {
  const others = globSync('tests/**/*.test.ts', { cwd: root })
    .sort()
    .filter((path) => !longest.includes(path));
  // Dealt like cards: a folder of long files lies beside one of short ones, and no process is the last by much.
  const hands = Math.ceil(others.length / filesAProcess);
  const dealt = Array.from({ length: hands }, (_, hand) => others.filter((_, i) => i % hands === hand));
  return [...longest.map((path) => [path]), ...dealt].map((paths, i) => {
    const file = join(folder, `${String(i).padStart(3, '0')}.test.mjs`);
    const suites = paths.map((path) => `describe('${path}', () => import('${pathToFileURL(join(root, path))}'));`);
    writeFileSync(file, ["import { describe } from 'node:test';", ...suites, ''].join('\n'));
    return file;
  });
}

/** Ours without what it says to Playhead: a home or a key of whoever runs the tests is none of theirs, nor of what they start. */
function testsEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PLAYHEAD_')));
}

const scratch = scratchFolder();
const named = process.argv.slice(2);
const tests = spawn(
  process.execPath,
  [
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-timeout=150000',
    '--test-concurrency=3',
    ...(named.length > 0 ? named : writeProcesses(scratch)),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    // Hundreds of processes read the same sources: each is compiled once, not by each.
    env: { ...testsEnvironment(), TMPDIR: scratch, NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compiled') },
  },
);
// The tests get the terminal's signal too, and end by it; the folder goes after them.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => tests.kill());
const [code] = await once(tests, 'close');
rmSync(scratch, { recursive: true, force: true });
process.exitCode = code ?? 1;
