import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { installed } from '../../services/install.ts';
import { java } from '../../services/kafka/java.ts';
import { pythonEnvironment, pythonPackages } from '../../services/python-packages.ts';
import type { Reconciliation } from '../../src/check/reconcile/settings.ts';
import { type SuiteServers, suiteServers } from './servers.ts';

const run = promisify(execFile);
const main = resolve(import.meta.dirname, '../../src/cli/main.ts');
const copier = join(import.meta.dirname, 'reconcile', 'copier.py');
const count = 3000;

interface Order {
  readonly id: string;
  readonly at: string;
  readonly amount: number;
}

/** Two a minute from 06:00 on: 25 hours. */
function order(n: number): Order {
  return { id: `o${n}`, at: new Date(Date.UTC(2025, 7, 11, 6) + n * 30_000).toISOString(), amount: n / 4 };
}

/** What the copier is told to do wrong. */
interface Faults {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly altered: Readonly<Record<string, Partial<Order>>>;
  readonly invented: readonly Order[];
}

const none: Faults = { lost: [], doubled: [], altered: {}, invented: [] };

describe('reconcile, on a topic and a bucket that other programs fill', { timeout: 900_000 }, () => {
  let servers: SuiteServers;
  let packages: string;
  before(async () => {
    servers = await suiteServers('kafka', 's3');
    packages = await installed('python-copier', pythonPackages('copier'), (line) => process.stderr.write(`${line}\n`));
    await tool('org.apache.kafka.tools.TopicCommand', '--create', '--topic', 'orders', '--partitions', '4');
    await produce(Array.from({ length: count }, (_, n) => `o${n}\t${JSON.stringify(order(n))}`));
    await writeFile(join(servers.folder, 'playhead.config.ts'), configText());
  });
  after(() => servers.stop());

  function configText(): string {
    const { endpoint, region, bucket, credentials } = servers.settings('s3');
    const profile = {
      stream: { backend: 'kafka', brokers: [servers.settings('kafka')['brokers']] },
      lake: { backend: 's3', bucket, region, endpoint, pathStyle: true, credentials: { file: credentials } },
    };
    return `import { defineConfig } from 'playhead';
export const config = defineConfig({ pipelines: [], profiles: { services: ${JSON.stringify(profile)} } });\n`;
  }

  /** A program of Kafka's own, told where the broker is. */
  async function tool(name: string, ...words: readonly string[]): Promise<void> {
    const { brokers = '', jars = '' } = servers.settings('kafka');
    const { file, args } = java(resolve(jars, '..'), servers.folder, name, '--bootstrap-server', brokers, ...words);
    await run(file, [...args]);
  }

  async function produce(lines: readonly string[]): Promise<void> {
    const { brokers = '', jars = '' } = servers.settings('kafka');
    const words = ['--topic', 'orders', '--reader-property', 'parse.key=true', '--reader-property', 'null.marker=NULL'];
    const name = 'org.apache.kafka.tools.ConsoleProducer';
    const { file, args } = java(resolve(jars, '..'), servers.folder, name, '--bootstrap-server', brokers, ...words);
    const producer = spawn(file, args, { stdio: ['pipe', 'ignore', 'inherit'] });
    producer.stdin.end(lines.map((line) => `${line}\n`).join(''));
    const [code] = await once(producer, 'close');
    assert.equal(code, 0);
  }

  async function copy(prefix: string, faults: Faults): Promise<void> {
    const { endpoint, region, credentials = '' } = servers.settings('s3');
    const [access = '', secret = ''] = (await readFile(credentials, 'utf8')).match(/(?<= = ).+/g) ?? [];
    const { brokers } = servers.settings('kafka');
    const settings = {
      brokers,
      topic: 'orders',
      endpoint,
      region,
      bucket: 'copied',
      prefix,
      access,
      secret,
      ...faults,
    };
    await run('python3', [copier, JSON.stringify(settings)], {
      env: { ...process.env, ...pythonEnvironment(packages) },
    });
  }

  async function reconcile(prefix: string): Promise<{ exitCode: number; found: Reconciliation }> {
    const sides = ['--stream', 'topic:orders', '--lake', `s3://copied/${prefix}`, '--key', 'id', '--time', 'at'];
    const words = [main, 'reconcile', '--profile', 'services', '--json', '--samples', '100', ...sides];
    const child = spawn(process.execPath, words, { cwd: servers.folder, stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (bytes: Buffer) => (out += bytes));
    const [exitCode] = await once(child, 'close');
    return { exitCode, found: JSON.parse(out) };
  }

  it('finds a faithful copy whole', async () => {
    await copy('faithful/', none);
    const { exitCode, found } = await reconcile('faithful/');
    assert.equal(exitCode, 0);
    assert.deepEqual([found.counts.whole, found.counts.stream, found.counts.lake], [count, count, count]);
  });

  it('names by key, hour and kind what a copier lost, doubled, altered and invented', async () => {
    const invented = [
      { ...order(5), id: 'ghost-1' },
      { ...order(2999), id: 'ghost-2' },
    ];
    await copy('faulty/', {
      lost: ['o7', 'o130', 'o2500'],
      doubled: ['o12', 'o131'],
      altered: { o20: { amount: 5.01 }, o600: { amount: 0 } },
      invented,
    });
    const { exitCode, found } = await reconcile('faulty/');
    assert.equal(exitCode, 4);
    assert.deepEqual(
      found.samples
        .map(({ kind, key, timeMs }) => [kind, key, new Date(timeMs ?? 0).toISOString().slice(0, 13)].join(' '))
        .sort(),
      [
        'altered o20 2025-08-11T06',
        'altered o600 2025-08-11T11',
        'doubled o12 2025-08-11T06',
        'doubled o131 2025-08-11T07',
        'extra ghost-1 2025-08-11T06',
        'extra ghost-2 2025-08-12T06',
        'missing o130 2025-08-11T07',
        'missing o2500 2025-08-12T02',
        'missing o7 2025-08-11T06',
      ],
    );
    assert.deepEqual(
      found.samples
        .flatMap(({ fields = [] }) => fields)
        .map(({ field, stream, lake }) => [field, stream, lake])
        .sort(),
      [
        ['amount', 150, 0],
        ['amount', 5, 5.01],
      ],
    );
    const lost = found.samples.find(({ key }) => key === 'o7');
    assert.match(`${lost?.stream?.container}:${lost?.stream?.at}`, /^orders\/[0-3]:\d+$/);
    const twice = found.samples.find(({ key }) => key === 'o131');
    assert.match(twice?.lake?.[0]?.container ?? '', /^faulty\/dt=2025-08-11\/hour=07\/part-\d\.json\.gz$/);
    assert.deepEqual([found.counts.whole, found.counts.lake], [count - 3 - 2, count - 3 + 2 + 2]);
  });

  it('tells a record without a value apart: no lake of JSON can hold it', async () => {
    await produce(['o1\tNULL', 'o2\tNULL']);
    const { exitCode, found } = await reconcile('faithful/');
    assert.deepEqual([exitCode, found.tombstones, found.counts.missing], [0, 2, 0]);
  });
});
