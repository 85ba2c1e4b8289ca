import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, it } from 'node:test';
import { manualClock, testEffects } from '../../src/base/effects.ts';
import type { Sqlite } from '../../src/base/sqlite.ts';
import type { Link } from '../../src/check/link.ts';
import { thisProcess } from '../../src/commit/holder.ts';
import { gateway } from '../../src/index.ts';
import { type Engine, openEngine } from '../../src/pipeline/engine/bind.ts';
import { embeddedProfile } from '../../src/pipeline/engine/profile.ts';
import { openApiKeys } from '../../src/server/api-keys.ts';
import { openGatewayFile } from '../../src/server/gateway-schema.ts';
import { announceListening, listeningIn } from '../../src/server/listening.ts';
import { probeGateways } from '../../src/server/probe-gateways.ts';
import { shop } from '../pipeline/shop.ts';
import { newFolder } from './open-gateway.ts';

const pipeline = shop({ jobs: {}, schedules: {}, gateways: { door: gateway({ into: 'orders' }) } });
const clock = manualClock();
const effects = testEffects({ clock });
/** The cheapest that scrypt takes: nobody guesses keys here. */
const cost = 2;

const folder = newFolder();
let engine: Engine;
let file: Sqlite;
before(() => {
  engine = openEngine({ pipelines: [pipeline], profile: embeddedProfile, home: folder.path }, effects);
});
after(async () => {
  file.close();
  await engine.close();
  folder.remove();
});

async function door(): Promise<Link> {
  const [link, ...others] = await probeGateways(engine, pipeline);
  assert.ok(link !== undefined && others.length === 0);
  return link;
}

it('a gateway that nobody has a key for has not begun, nor one that nobody serves', async () => {
  const issue = 'playhead keys issue NAME --scope write:shop.orders';
  assert.deepEqual([(await door()).state, (await door()).remedy], ['waiting', issue]);
  file = openGatewayFile(engine.home.gatewayFile);
  const keys = openApiKeys(file, effects, cost);
  await keys.issue('elsewhere', ['write:shop.other']);
  const { key } = await keys.issue('revoked', ['write:*']);
  keys.revoke(key.id);
  assert.equal((await door()).remedy, issue, 'neither opens this one');
  await keys.issue('app', ['write:shop.orders']);
  const { state, finding, remedy } = await door();
  assert.deepEqual([state, finding, remedy], ['waiting', '1 API key; nobody serves it now', 'playhead serve']);
});

it('one that is served answers, or says what is wrong with it', async () => {
  let status = 200;
  const server = createServer((_, response) => response.writeHead(status).end());
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo; // a server that listens on a port has one
  const url = `http://127.0.0.1:${port}`;
  const takeBack = await announceListening(file, url, effects);
  await clock.advance(60_000);
  assert.deepEqual([(await door()).state, (await door()).finding], ['well', `${url} answers, for 1 min; 1 API key`]);
  status = 503;
  assert.deepEqual([(await door()).state, (await door()).finding], ['faulty', `${url} takes no records: 503`]);
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  assert.match((await door()).finding, /takes no records: .*ECONNREFUSED/);
  takeBack();
  assert.equal((await door()).state, 'waiting', 'it was stopped');
});

it('one whose process died is named with its process, until another one serves', async () => {
  const dead = { ...(await thisProcess('serve', effects)), pid: 2 ** 30 };
  file.run(
    'INSERT INTO listening (process, url, since_ms) VALUES (?, ?, ?)',
    JSON.stringify(dead),
    'http://127.0.0.1:1',
    0,
  );
  const { state, finding, remedy } = await door();
  assert.deepEqual([state, remedy], ['faulty', 'playhead serve']);
  assert.equal(finding, `process ${dead.pid}, which served it at http://127.0.0.1:1, died`);
  const takeBack = await announceListening(file, 'http://127.0.0.1:2', effects);
  assert.deepEqual(
    listeningIn(file).map(({ url }) => url),
    ['http://127.0.0.1:2'],
  );
  takeBack();
});
