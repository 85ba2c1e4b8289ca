import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { errorKinds } from '../../src/base/errors.ts';
import { commandTable } from '../../src/cli/command-table.ts';
import { overview } from '../../src/cli/help.ts';
import { typeable } from '../../src/cli/typeable.ts';
import { openTerminal } from './terminal.ts';

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');

/** Where the sources are kept compiled: without it, a process compiles them all before it says that a word is wrong. */
const cache = process.env['NODE_COMPILE_CACHE'];
const compiled = cache === undefined ? {} : { NODE_COMPILE_CACHE: cache };

describe('the command line', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-cli-'));
  });
  after(() => rmSync(folder, { recursive: true }));
  function playhead(words: readonly string[], env: Record<string, string> = {}): SpawnSyncReturns<string> {
    return spawnSync(process.execPath, [main, ...words], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', ...compiled, ...env },
    });
  }

  it('shows every command in its help, without loading any of them', async () => {
    const loaded: string[] = [];
    const hooks = registerHooks({
      load: (url, context, next) => {
        if (url.includes('/src/')) loaded.push(url.slice(url.indexOf('/src/')));
        return next(url, context);
      },
    });
    // As a variable: the compiler has no types for a module that is loaded a second time.
    const again: string = '../../src/cli/program.ts?fresh';
    const { runProgram } = await import(again);
    hooks.deregister();
    assert.equal(typeof runProgram, 'function');
    const text = overview(commandTable).replace(/\n {6,}/g, ' ');
    for (const { name, summary } of commandTable) assert.ok(text.includes(`  ${name}`) && text.includes(summary), name);
    assert.deepEqual(
      loaded.filter((path) => !path.startsWith('/src/cli/') && !path.startsWith('/src/base/')),
      [],
    );
    assert.deepEqual(
      loaded.filter((path) => path.startsWith('/src/cli/commands/')),
      [],
    );
  });

  it('fits its help on a terminal of 120 columns', () => {
    assert.deepEqual(
      overview(commandTable)
        .split('\n')
        .filter((line) => line.length > 120),
      [],
    );
  });

  it('gives every command an example that begins as the command does', () => {
    for (const { name, examples } of commandTable) {
      assert.ok(examples.length > 0 && examples.every(([example]) => example.includes(`playhead ${name}`)), name);
    }
  });

  it('exits 2 on wrong usage and suggests what was meant', async () => {
    const unknown = playhead(['qurey']);
    assert.equal(unknown.status, 2);
    assert.match(unknown.stderr, /Did you mean query\?/);
    const option = await openTerminal(folder).run(['query', '--formt', 'csv']);
    assert.equal(option.exitCode, 2);
    assert.match(option.err, /Did you mean --format\?/);
  });

  it('exits with the code of the registry, and shows message, hint and code, without colour off a terminal', () => {
    writeFileSync(join(folder, 'playhead.config.ts'), 'export const config = { pipelines: [], profile: {} };');
    const { status, stderr } = playhead(['plan']);
    rmSync(join(folder, 'playhead.config.ts'));
    assert.equal(status, errorKinds.PH_CONFIG_INVALID.exitCode);
    assert.equal(
      stderr,
      '✗ playhead.config.ts: profile: unknown setting\n  → Did you mean "profiles"?\n  PH_CONFIG_INVALID\n',
    );
  });

  it('prints errors as JSON with --json, before or after the command', async () => {
    for (const words of [
      ['--json', 'plan', '--profile', 'nope'],
      ['plan', '--profile', 'nope', '--json'],
    ]) {
      const { exitCode, err, out } = await openTerminal(folder).run(words);
      assert.equal(exitCode, 2);
      assert.equal(out, '');
      assert.equal(JSON.parse(err).error.code, 'PH_USAGE');
    }
  });

  it('binds to a profile that was written into the home', async () => {
    const home = join(folder, 'served');
    mkdirSync(join(home, 'profiles'), { recursive: true });
    writeFileSync(join(home, 'profiles', 'servers.json'), '{"engine":{"backend":"duckdb","thread":1}}');
    const { exitCode, err } = await openTerminal(folder).run(['--home', home, '--profile', 'servers', 'status']);
    assert.equal(exitCode, errorKinds.PH_CONFIG_INVALID.exitCode);
    assert.match(
      err,
      /✗ \S+\/served\/profiles\/servers\.json: the profile servers\n\s+engine\.thread: unknown setting\. Did you mean "threads"\?/,
    );
    rmSync(home, { recursive: true });
  });

  it('names commands as they can be typed in the folder that they are for', () => {
    const launcher = resolve(import.meta.dirname, '../../playhead');
    assert.match(playhead(['run']).stderr, new RegExp(`${launcher} run --help shows`));
    assert.match(playhead(['init', '--help']).stdout, new RegExp(`^ {2}${launcher} init orders`, 'm'));
    const project = join(folder, 'one project');
    const { stdout } = playhead(['init', 'one project', '--json']);
    assert.equal(JSON.parse(stdout).next[1], `${launcher} deliver --drain`);
    const checkout = dirname(launcher);
    const here = spawnSync(process.execPath, [main, 'run'], { cwd: checkout, encoding: 'utf8' });
    assert.match(here.stderr, / \.\/playhead run --help shows/);
    const within = spawnSync(process.execPath, [main, 'run'], {
      cwd: join(checkout, 'src', 'cli'),
      encoding: 'utf8',
    });
    assert.match(within.stderr, / \.\.\/\.\.\/playhead run --help shows/);
    rmSync(project, { recursive: true });
  });

  it('leaves alone what only looks like a command', () => {
    const text = 'playhead.config.ts: `playhead run x`, a/playhead run, the playhead is here';
    assert.equal(
      typeable(text, '../$& playhead'),
      'playhead.config.ts: `../$& playhead run x`, a/playhead run, the playhead is here',
    );
  });

  it('says what to do where the published command has not been built', () => {
    mkdirSync(join(folder, 'bin'));
    copyFileSync(resolve(import.meta.dirname, '../../bin/playhead.mjs'), join(folder, 'bin/playhead.mjs'));
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'bin/playhead.mjs')], { encoding: 'utf8' });
    assert.equal(status, 5);
    assert.match(stderr, /→ In a checkout, run \.\/playhead/);
  });

  it('never installs into a linked node_modules, which another checkout shares', () => {
    const checkout = mkdtempSync(join(folder, 'linked-'));
    mkdirSync(join(checkout, 'shared/.bin'), { recursive: true });
    mkdirSync(join(checkout, 'scripts'));
    symlinkSync('shared', join(checkout, 'node_modules'));
    for (const path of ['shared/.bin/node', 'package-lock.json']) writeFileSync(join(checkout, path), '');
    const script = join(checkout, 'scripts/ensure-installed.mjs');
    copyFileSync(resolve(import.meta.dirname, '../../scripts/ensure-installed.mjs'), script);
    const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
    assert.deepEqual([status, stderr], [0, '']);
  });

  it('ends quietly when its reader goes away', () => {
    const { status, stderr, stdout } = spawnSync(
      'sh',
      ['-c', `"${process.execPath}" "${main}" completion candidates -- '' | head -n 1`],
      { cwd: folder, encoding: 'utf8' },
    );
    assert.equal(status, 0);
    assert.equal(stderr, '');
    assert.equal(stdout, 'demo\n');
  });

  it('refuses a named home that is not there, where a command begins none, and makes none', async () => {
    const there = join(folder, 'homes/archive');
    mkdirSync(there, { recursive: true });
    writeFileSync(join(there, 'layout.json'), '{"layout":1}\n');
    const slip = join(folder, 'homes/archiv');
    const byFlag = openTerminal(folder);
    const byEnv = openTerminal(folder, { PLAYHEAD_HOME: slip });
    const refusing = commandTable.filter(({ worksWithoutHome }) => worksWithoutHome !== true);
    for (const name of ['ledger', 'export', 'repair', 'scrub', 'audit', 'trace', 'query', 'destroy', 'erase'])
      assert.ok(
        refusing.some((spec) => spec.name === name),
        name,
      );
    for (const { name, arguments: takes = '' } of refusing) {
      const words = [name, ...(takes.match(/<[^>]+>/g) ?? [])];
      for (const { exitCode, err } of [await byFlag.run([...words, '--home', slip]), await byEnv.run(words)]) {
        assert.equal(exitCode, errorKinds.PH_USAGE.exitCode, name);
        assert.match(err, /there is no home at .*homes\/archiv:[\s\S]*Did you mean .*homes\/archive\?/, name);
      }
    }
    assert.deepEqual(readdirSync(join(folder, 'homes')), ['archive']);
    const far = join(folder, 'homes/elsewhere');
    const { err } = await byFlag.run(['status', '--home', far]);
    assert.equal(err.split(far).length - 1, 1, 'no command of the hint works on the mistyped one');
  });

  it('makes no home to look into where there is none yet, and says what begins one', async () => {
    const none = join(folder, 'none');
    mkdirSync(none);
    for (const name of ['status', 'doctor', 'query']) {
      const { exitCode, err } = await openTerminal(none).run([name]);
      assert.equal(exitCode, errorKinds.PH_USAGE.exitCode, name);
      assert.match(err, /there is no home at .*none\/\.playhead:[\s\S]*begins one: produce, serve, run, start, demo/);
    }
    assert.deepEqual(readdirSync(none), []);
  });

  it('takes its home from --home, else from PLAYHEAD_HOME', () => {
    const home = join(folder, 'from-env');
    mkdirSync(home);
    writeFileSync(join(home, 'layout.json'), '{"layout":1}\n');
    const logs = playhead(['logs', '--json'], { PLAYHEAD_HOME: home });
    assert.deepEqual(JSON.parse(logs.stdout), { lines: [] });
    assert.equal(playhead(['logs', '--home', home]).status, 0);
    writeFileSync(join(home, 'layout.json'), 'broken');
    const broken = playhead(['logs', '--home', home]);
    assert.equal(broken.status, errorKinds.PH_STATE_CORRUPT.exitCode);
    assert.match(broken.stderr, /PH_STATE_CORRUPT/);
  });
});
