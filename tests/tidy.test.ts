import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { ownColumns } from '../src/record/field-name.ts';

/** The rooms, in the order of the way the data goes: a room may import those before it, never those after. */
const rooms = [
  'base',
  'record',
  'lake',
  'commit',
  'stream',
  'duck',
  'catalog',
  'table',
  'sql',
  'delivery',
  'ledger',
  'query',
  'quality',
  'transform',
  'source',
  'warehouse',
  'orchestrate',
  'observe',
  'govern',
  'insight',
  'pipeline',
  'check',
  'testing',
  'server',
  'deploy',
  'cli',
] as const;

/** The folders of the room that binds all others, in the order of their imports. */
const pipelineFolders = [
  'shape',
  'graph',
  'validate',
  'config',
  'engine',
  'apply',
  'run',
  'quarantine',
  'erase',
  'watch',
  'scaffold',
] as const;

const root = resolve(import.meta.dirname, '..');
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)));
const files = tracked.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'));
const sources = files.filter((path) => path.startsWith('src/'));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Fails with one line a finding, so that a reader sees all of them at once. */
function none(findings: readonly string[]): void {
  assert.equal(findings.length, 0, `\n${findings.join('\n')}`);
}

function importsOf(path: string): string[] {
  return [...read(path).matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) =>
    relative(root, resolve(root, dirname(path), match[1] ?? '')),
  );
}

function roomOf(path: string): string | undefined {
  const [top, room, rest] = path.split('/');
  return top === 'src' && rest !== undefined ? room : undefined;
}

/** Imports from a place to one that comes after it. */
function backwards(order: readonly string[], placeOf: (path: string) => string | undefined): string[] {
  const rank = (path: string): number => order.indexOf(placeOf(path) ?? '');
  return sources.flatMap((path) =>
    importsOf(path)
      .filter((target) => rank(path) >= 0 && rank(target) > rank(path))
      .map((target) => `${path} imports ${target}: ${placeOf(target)}/ comes after ${placeOf(path)}/`),
  );
}

describe('tidy', () => {
  it('every folder of src is a room of the architecture', () => {
    none(
      sources
        .map(roomOf)
        .filter((room) => room !== undefined && !rooms.includes(room as (typeof rooms)[number]))
        .map(String),
    );
    none(
      sources.filter((path) => {
        const [, room, folder, file] = path.split('/');
        return room === 'pipeline' && file !== undefined && !pipelineFolders.some((name) => name === folder);
      }),
    );
  });

  it('no file imports itself by way of others, not for a type either', () => {
    const known = new Map(sources.map((path) => [path, importsOf(path).filter((target) => sources.includes(target))]));
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, way: readonly string[]): void => {
      const at = way.indexOf(path);
      if (at >= 0) circles.push([...way.slice(at), path].join(' → '));
      if (at >= 0 || done.has(path)) return;
      for (const target of known.get(path) ?? []) visit(target, [...way, path]);
      done.add(path);
    };
    for (const path of sources) visit(path, []);
    none(circles);
  });

  it('imports run one way: a room imports only rooms before it, and so do the folders of src/pipeline', () => {
    none(backwards(rooms, roomOf));
    none(backwards(pipelineFolders, (path) => /^src\/pipeline\/([^/]+)\//.exec(path)?.[1]));
  });

  it('files are read by src/duck/file-rows.ts: no folder above a file is a column of it', () => {
    const findings = sources
      .filter((path) => path !== 'src/duck/file-rows.ts')
      .flatMap((path) =>
        read(path)
          .split('\n')
          .filter(
            (line) =>
              /(read_(parquet|json|csv|ndjson)\w*|parquet_scan|\bglob)\(/.test(line) && !/^\s*(\*|\/)/.test(line),
          )
          .map((line) => `${path}: ${line.trim().slice(0, 100)}`),
      );
    none(findings);
  });

  it('no record field can have the name of a column that the SQL sets beside it', () => {
    const given =
      /\bAS (_[a-z]\w*)\b(?!\s*\()|filename = '(_\w+)'|\b(_\w+) (?:VARCHAR|U?BIGINT|BOOLEAN)\b|\bAS \w+ ?\(([^)$]*)\)|\) \w+ \((_[^)$]*)\)/g;
    const found = new Set(
      sources.flatMap((path) =>
        [...read(path).matchAll(given)].flatMap(
          (match) =>
            match
              .slice(1)
              .join(',')
              .match(/\b_[a-z]\w*/g) ?? [],
        ),
      ),
    );
    // Of the checks of fields, `_f0` stands for all.
    none(
      [...found].filter((name) => name !== '_f0' && !ownColumns.includes(name)).map((name) => `not reserved: ${name}`),
    );
    none(ownColumns.filter((name) => !found.has(name)).map((name) => `reserved, but no column: ${name}`));
  });

  it('the engine learns neither the names of the pipelines nor their fields', () => {
    const names = [
      ...new Set(tracked.filter((path) => path.startsWith('pipelines/')).map((path) => path.split('/')[1] ?? '')),
    ];
    const words = new RegExp(
      `\\b(${[...names, 'acme', 'tally', 'sakila', 'viewership'].join('|')}|customer_id|title_id|bandwidth_mbps)\\b`,
      'i',
    );
    const findings = sources.flatMap((path) =>
      read(path)
        .split('\n')
        .map((line, i) => ({ line, i }))
        .filter(
          ({ line }) => words.test(line) && !/^\s*(\*|\/\/|\/\*)/.test(line) && !line.includes('tidy: an example'),
        )
        .map(({ line, i }) => `${path}:${i + 1} ${line.trim().slice(0, 100)}`),
    );
    none(findings);
  });

  it('only cli/ prints or exits', () => {
    const printing = /\bconsole\.|process\.(stdout|stderr|exit|exitCode)\b/;
    none(sources.filter((path) => roomOf(path) !== 'cli' && printing.test(read(path))));
  });

  it('nothing but effects reads the time, the environment or a random number', () => {
    const outside =
      /\b(Date\.now\(|new Date\(\)|performance\.now\(|Math\.random\(|process\.env\b|randomBytes\(|randomUUID\()/;
    const allowed = new Set(['src/base/effects.ts', 'src/base/random.ts']);
    none(sources.filter((path) => roomOf(path) !== 'cli' && !allowed.has(path) && outside.test(read(path))));
  });

  it('a file over 400 lines says at its top why it is long', () => {
    none(
      files.filter(
        (path) =>
          read(path).split('\n').length > 400 && !/long because/i.test(read(path).split('\n').slice(0, 15).join('\n')),
      ),
    );
  });

  it('no line is over 200 characters, and names are terms of the field', () => {
    const banned = /(^|[-/])(utils?|helpers?|common|manager|misc|stuff)([-./]|$)/;
    none([
      ...files.filter((path) => banned.test(path)),
      ...sources.flatMap((path) =>
        read(path)
          .split('\n')
          .flatMap((line, i) => (line.length > 200 ? [`${path}:${i + 1} has ${line.length} characters`] : [])),
      ),
    ]);
  });

  it('no escape from the type checker, no unfinished business', () => {
    const escapes =
      /@ts-(ignore|expect-error|nocheck)|\bas any\b|: any\b|\b(TODO|FIXME|HACK)\b|\/\/ XXX|\b(it|test|describe)\.(skip|todo|only)\(/;
    none(
      files
        .filter((path) => path !== 'tests/tidy.test.ts')
        .flatMap((path) =>
          read(path)
            .split('\n')
            .flatMap((line, i) =>
              escapes.test(line) && !/^\s*(\*|\/\*\*)/.test(line) ? [`${path}:${i + 1} ${line.trim()}`] : [],
            ),
        ),
    );
  });

  it('every test of a room stands where the room stands', () => {
    const places = new Set<string>([
      ...rooms,
      'conformance',
      'services',
      'e2e',
      'golden',
      'kill',
      'soak',
      'pipelines',
      'bench',
    ]);
    none(
      files.filter(
        (path) => path.startsWith('tests/') && path.split('/').length > 2 && !places.has(path.split('/')[1] ?? ''),
      ),
    );
  });

  it('every dependency has its reason in docs/dependencies.md, and nothing else has', () => {
    const manifest = JSON.parse(read('package.json')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >;
    const declared = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)].sort();
    const explained = [...read('docs/dependencies.md').matchAll(/^\| `([^`]+)` \|/gm)]
      .map((match) => match[1] ?? '')
      .sort();
    assert.deepEqual(explained, declared);
  });

  it('the lock names no registry, and tracked files name no path of one machine', () => {
    assert.ok(!/"resolved"/.test(read('package-lock.json')));
    const machine = new RegExp(`(^|[\\s"'\`(=])/(${['work', 'root', 'farm', 'home/[a-z]+'].join('|')})/`, 'm');
    none(tracked.filter((path) => !path.startsWith('tests/tidy') && machine.test(read(path))));
  });

  it('every link in the documents leads to a file', () => {
    const documents = tracked.filter((path) => path.endsWith('.md'));
    none(
      documents.flatMap((path) =>
        [...read(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
          .map((match) => relative(root, resolve(root, dirname(path), match[1] ?? '')))
          .filter(
            (target) =>
              !tracked.includes(target) && !tracked.some((other) => other.startsWith(`${target.replace(/\/$/, '')}/`)),
          )
          .map((target) => `${path} → ${target}`),
      ),
    );
  });

  it('test files are found by npm test', () => {
    none(files.filter((path) => path.startsWith('tests/') && basename(path).endsWith('.spec.ts')));
  });
});
