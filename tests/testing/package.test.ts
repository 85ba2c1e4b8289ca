import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';

const root = resolve(import.meta.dirname, '../..');
const compiler = join(root, 'node_modules/.bin/tsc');

/** The code blocks of a document whose first line names a file. */
function filesOf(document: string): ReadonlyMap<string, string> {
  const blocks = readFileSync(join(root, document), 'utf8').matchAll(/```ts\n\/\/ (\S+\.ts)\n(.*?)```/gs);
  return new Map([...blocks].map(([, name = '', text = '']) => [name, text]));
}

/** A project that has the packed package among its dependencies, as npm would unpack it. */
describe('the packed package', () => {
  let project: string;
  const call = (command: string, words: readonly string[], folder = project): string => {
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
    const { status, stdout, stderr } = spawnSync(command, words, { cwd: folder, encoding: 'utf8', env });
    assert.equal(status, 0, `${command} ${words.join(' ')}\n${stdout}\n${stderr}`);
    return stdout;
  };
  before(() => {
    project = mkdtempSync(join(tmpdir(), 'playhead-packed-'));
    const checkout = join(project, 'checkout');
    // Packed elsewhere, so that `dist/` here stays what it is; types are checked by `npm run check`.
    for (const name of ['src', 'pipelines', 'bin', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json'])
      cpSync(join(root, name), join(checkout, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'));
    call(compiler, ['-p', 'tsconfig.build.json', '--noCheck'], checkout);
    call(process.execPath, ['scripts/copy-sql.mjs'], checkout);
    const [packed] = JSON.parse(call('npm', ['pack', '--json', '--silent', '--ignore-scripts'], checkout));
    call('tar', ['-xzf', join(checkout, packed.filename)]);
    mkdirSync(join(project, 'node_modules'));
    cpSync(join(project, 'package'), join(project, 'node_modules/playhead'), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(project, 'node_modules/playhead/node_modules'));
    symlinkSync(join(root, 'node_modules/@types'), join(project, 'node_modules/@types'));
    writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
    for (const [name, text] of filesOf('docs/testing.md')) writeFileSync(join(project, name), text);
  });
  after(() => rmSync(project, { recursive: true }));

  it('runs the documented tests of a pipeline', () => {
    const out = call(process.execPath, ['--test', '--test-reporter=tap', 'plays.test.ts']);
    assert.match(out, /^# pass 3$/m);
  });

  it('has types under which they compile', () => {
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--lib',
      'es2024,esnext.disposable',
    ];
    call(compiler, [...options, '--types', 'node', '--allowImportingTsExtensions', 'plays.test.ts']);
  });
});
