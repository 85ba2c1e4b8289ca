import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { auditFile, openAuditLog } from '../../src/govern/audit-log.ts';
import { homeSecret, keyedHash } from '../../src/govern/home-secret.ts';
import { redactedArguments, withoutLiterals } from '../../src/govern/redact.ts';
import { verifyAudit } from '../../src/govern/verify-audit.ts';

const effects = testEffects();
const begin = (command: string) =>
  ({ event: 'begin', user: 'u', host: 'h', pid: 1, version: '1', command, arguments: [], addresses: [] }) as const;

describe('the audit log', () => {
  let home: string;
  beforeEach(async () => {
    home = await fs.mkdtemp(join(tmpdir(), 'playhead-audit-'));
  });
  afterEach(() => fs.rm(home, { recursive: true }));

  function write(...commands: string[]): void {
    const log = openAuditLog(home, effects);
    for (const command of commands) log.append(begin(command));
    log.close();
  }
  const lines = async (): Promise<string[]> => (await fs.readFile(auditFile(home), 'utf8')).split('\n').slice(0, -1);
  const put = (edited: readonly string[]): Promise<void> =>
    fs.writeFile(auditFile(home), edited.map((line) => `${line}\n`).join(''));
  const problems = async (expected?: string) => (await verifyAudit(home, expected, effects)).problems;

  test('is whole as it was written, also by many processes in turn', async () => {
    write('a', 'b');
    write('c');
    const { lines: count, problems: found, head } = await verifyAudit(home, undefined, effects);
    assert.deepEqual([count, found], [3, []]);
    write('d');
    assert.deepEqual(await problems(head), [], 'a head that was noted is still in the chain');
    assert.match((await problems('f'.repeat(64)))[0]?.what ?? '', /no line has the hash/);
  });

  test('a line that was edited is named', async () => {
    write('a', 'b', 'c');
    const [one = '', two = '', three = ''] = await lines();
    await put([one, two.replace('"b"', '"x"'), three]);
    assert.deepEqual(await problems(), [{ line: 2, what: 'was edited: it does not have its hash' }]);
  });

  test('a line that was edited with its hash made anew is named by the one behind it', async () => {
    write('a', 'b', 'c');
    const [one = '', , three = ''] = await lines();
    const { auditLine, readAuditLine } = await import('../../src/govern/audit-chain.ts');
    const entry = readAuditLine((await lines())[1] ?? '')?.entry;
    assert.ok(entry?.event === 'begin');
    await put([one, auditLine({ ...entry, command: 'x' }).line.trimEnd(), three]);
    assert.deepEqual(
      (await problems()).map(({ line }) => line),
      [3],
    );
  });

  test('lines that were left out, moved or repeated are named', async () => {
    write('a', 'b', 'c');
    const [one = '', two = '', three = ''] = await lines();
    for (const [edited, line] of [
      [[one, three], 2],
      [[two, three], 1],
      [[one, two, two, three], 3],
      [[two, one, three], 1],
    ] as const) {
      await put(edited);
      assert.equal((await problems())[0]?.line, line);
    }
  });

  test('an end that was cut off is seen, at a line’s end and within one, and after more was written', async () => {
    write('a', 'b', 'c');
    const [one = '', two = ''] = await lines();
    await put([one, two]);
    assert.deepEqual(await problems(), [{ line: 3, what: 'the end was cut off: entries 2 to 2 are missing' }]);
    write('d');
    assert.match((await problems())[0]?.what ?? '', /is entry 3 where entry 2 was: 1 before it is missing/);
    await fs.truncate(auditFile(home), 100);
    assert.ok((await problems()).length > 0);
    await fs.rm(auditFile(home));
    assert.match((await problems())[0]?.what ?? '', /cut off: entries 0 to 3/);
  });

  test('a line that was cut off is named as such, also after more was written, which can be read', async () => {
    write('a', 'b');
    const { size } = await fs.stat(auditFile(home));
    await fs.truncate(auditFile(home), size - 30);
    const cut = { line: 2, what: 'was cut off: its end is missing' };
    assert.deepEqual(await problems(), [cut]);
    write('c');
    assert.deepEqual(await problems(), [cut]);
    assert.match((await lines())[2] ?? '', /"command":"c"/);
  });

  test('without the file that says where it ends, that is said', async () => {
    write('a');
    await fs.rm(join(home, 'audit-head.sqlite'));
    assert.match((await problems())[0]?.what ?? '', /audit-head.sqlite is gone/);
  });

  test('what a process wrote that died before it moved the head on is taken in; half a line is dropped', async () => {
    write('a');
    const { auditLine } = await import('../../src/govern/audit-chain.ts');
    const { head } = await verifyAudit(home, undefined, effects);
    const next = auditLine({ ...begin('b'), sequence: 1, time: 't', previous: head });
    await fs.appendFile(auditFile(home), next.line);
    assert.deepEqual(await problems(), []);
    write('c');
    assert.deepEqual(await problems(), []);
    await fs.appendFile(auditFile(home), next.line.slice(0, 50));
    write('d');
    assert.deepEqual([await problems(), (await lines()).length], [[], 4]);
  });
});

describe('what the audit log keeps of a command line', () => {
  const known = new Set(['customer_id', 'orders', 'n']);

  test('of SQL neither literals nor comments, nor a word that could be somebody', () => {
    for (const condition of [
      'customer_id = CUST_deadbeef_000001',
      'customer_id = "CUST_deadbeef_000001"',
      'customer_id = jürgen',
      'customer_id = jane-doe',
      'customer_id = a@b.example',
    ])
      assert.match(withoutLiterals(condition, known), /^customer_id = \?(\.\?)?$/);
    assert.equal(
      withoutLiterals('SELECT count(*), max(n) FROM orders WHERE n IS NOT NULL', known),
      'SELECT count(*), max(n) FROM orders WHERE n IS NOT NULL',
    );
  });

  test('SQL without its literals and comments', () => {
    assert.equal(
      withoutLiterals(
        `SELECT "a b" FROM t -- of 'cust_1'\nWHERE id = 'cust''_1' AND n > 12.5e3 /* 99 */ AND x1 = 'open`,
        new Set(['a b', 't', 'id', 'n', 'x1']),
      ),
      'SELECT "a b" FROM t WHERE id = ? AND n > ?.? AND x1 = ?',
    );
  });

  test('keys as keyed hashes, equal for equal values; files and addresses as they are', async () => {
    const home = await fs.mkdtemp(join(tmpdir(), 'playhead-audit-'));
    const secret = await homeSecret(home, effects);
    assert.deepEqual(await homeSecret(home, effects), secret);
    const shown = redactedArguments(
      [
        { placeholder: 'address', value: 'shop.orders' },
        { option: '--key', placeholder: 'field=value', value: 'customer_id=cust_77' },
        { option: '--file', placeholder: 'file', value: 'a.ndjson' },
        { option: '--by', placeholder: 'part', value: 'hour' },
        { option: '--drain', placeholder: '', value: '' },
        { placeholder: 'something', value: 'cust_77' },
      ],
      secret,
      known,
    );
    const hash = keyedHash(secret, 'cust_77');
    const file = ['--file', 'a.ndjson'];
    assert.deepEqual(shown, ['shop.orders', '--key', `customer_id=${hash}`, ...file, '--by', 'hour', '--drain', hash]);
    assert.notEqual(keyedHash(Buffer.alloc(32), 'cust_77'), hash);
    await fs.rm(home, { recursive: true });
  });
});
