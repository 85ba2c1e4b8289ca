import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { rights } from '../../services/kafka/rights.ts';
import { bucketPolicy } from '../../services/versitygw/access.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/services.md'), 'utf8');

/** The servers for development give their user what the page lists, so that the tests on them show that it is enough. */
describe('the documented rights are those that the servers for development give', () => {
  it('on the bucket', () => {
    const [, documented = ''] = /```json\n(.*?)```/s.exec(page) ?? [];
    const given = JSON.parse(bucketPolicy('acme-lake', 'someone'));
    for (const statement of given.Statement) delete statement.Principal;
    assert.deepEqual(JSON.parse(documented), given);
  });

  it('on the cluster', () => {
    const commands = page.replaceAll('\\\n', ' ').match(/^kafka-acls .*$/gm) ?? [];
    const documented = commands.map((command) => {
      const [, on, name] = /--(topic|transactional-id) (\S+)/.exec(command) ?? [];
      const operations = [...command.matchAll(/--operation (\S+)/g)].map(([, operation]) => operation);
      const pattern = /--resource-pattern-type (\S+)/.exec(command)?.[1] ?? 'literal';
      return { on, name: name?.replaceAll("'", ''), pattern, operations };
    });
    assert.deepEqual(documented, rights);
  });
});
