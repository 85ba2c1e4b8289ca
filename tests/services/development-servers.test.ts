import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, it } from 'node:test';
import { serviceNames } from '../../services/catalogue.ts';
import { claim } from '../../services/claim.ts';
import { onFreePorts } from '../../services/free-port.ts';
import { rights } from '../../services/kafka/rights.ts';
import { offerProfile, takeBackProfile } from '../../services/offered-profile.ts';
import type { ProcessIdentity } from '../../services/process-identity.ts';
import { reap } from '../../services/remove.ts';
import type { ServerState } from '../../services/stack.ts';
import { stopServers } from '../../services/up.ts';
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

describe('a folder of servers in which others keep theirs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'playhead-shared-'));
  const stack = { folder };
  after(() => rmSync(folder, { recursive: true }));
  const thesis = (name: string): string => join(folder, name, 'thesis.txt');
  const keep = (name: string): void => {
    mkdirSync(join(folder, name));
    writeFileSync(thesis(name), 'mine');
  };
  const state = (keeper: ProcessIdentity): ServerState => {
    return { name: 's3', version: '1', phase: 'ready', keeper, settings: {}, profile: {} };
  };
  const dead = { pid: 2 ** 30, started: '0' };

  it('keeps all that no keeper made, whatever its name', async () => {
    for (const name of ['precious', 'kafka', '.kafka.1073741824-00000000', '.s3.7']) keep(name);
    writeFileSync(join(folder, 'kafka', 'state.json'), '{"name":"kafka"}');
    assert.deepEqual(await reap(stack, serviceNames), []);
    assert.deepEqual(await stopServers(stack, serviceNames), []);
    await takeBackProfile(stack, serviceNames);
    for (const name of ['precious', 'kafka', '.kafka.1073741824-00000000', '.s3.7'])
      assert.ok(existsSync(thesis(name)));
    const begun = claim(stack, { ...state(dead), name: 'kafka' });
    await assert.rejects(begun, /kafka is there, and not of these servers: let PLAYHEAD_SERVICES_RUN name another/);
    assert.equal(readFileSync(thesis('kafka'), 'utf8'), 'mine');
  });

  it('loses what a keeper left that was killed, also in the middle of its removal', async () => {
    const left = await readdir(folder);
    assert.equal(await claim(stack, state(dead)), true);
    writeFileSync(join(folder, 's3', 'log'), 'of the server');
    assert.equal(await claim(stack, state(dead)), false);
    cpSync(join(folder, 's3'), join(folder, '.s3.1073741824-0badcafe'), { recursive: true });
    assert.deepEqual(await reap(stack, serviceNames), ['s3']);
    assert.deepEqual(await readdir(folder), left);
  });
});

describe('the profile of servers for development', () => {
  it('names what was asked for until that is stopped, and how to start it again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'playhead-offered-'));
    const [stack, home] = [{ folder: join(folder, 'run') }, join(folder, 'a home')];
    const server = (name: string, port: string): ServerState => {
      const keeper = { pid: 2 ** 30, started: '0' };
      return { name, version: '1', phase: 'ready', keeper, settings: {}, profile: { [port]: { backend: name } } };
    };
    const offered = () => JSON.parse(readFileSync(join(home, 'profiles', 'services.json'), 'utf8'));
    try {
      await offerProfile(stack, home, [server('kafka', 'stream'), server('s3', 'lake')]);
      // Neither runs: whoever uses the profile must fail, and not go on with a log in the home.
      await offerProfile(stack, home, [server('s3', 'lake')]);
      assert.deepEqual(Object.keys(offered()), ['stream', 'lake']);
      assert.match(offered().stream.startWith, /npm run services -- up kafka --home '.*\/a home'$/);
      await takeBackProfile(stack, ['kafka']);
      assert.deepEqual(Object.keys(offered()), ['lake']);
      await takeBackProfile(stack, ['s3']);
      assert.ok(!existsSync(home));
      assert.deepEqual(await readdir(stack.folder), []);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
