import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { onFreePorts } from '../../services/free-port.ts';
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

describe('a server on free ports', () => {
  const listening = async (port: number): Promise<Server> => {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };

  it('is started again on others where another process was faster, and only then', async () => {
    const faster: Server[] = [];
    const started = await onFreePorts(async (freePort) => {
      const port = await freePort();
      if (faster.length < 2) faster.push(await listening(port));
      return listening(port);
    });
    for (const server of [started, ...faster]) server.close();
    let starts = 0;
    const broken = onFreePorts(async (freePort) => {
      await freePort();
      starts += 1;
      throw new Error('a setting is wrong');
    });
    await assert.rejects(broken, /a setting is wrong/);
    assert.equal(starts, 1);
  });
});
