import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { byteShare } from '../../src/base/byte-share.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { minutes } from '../../src/index.ts';
import type { AnsweredRequest } from '../../src/observe/answered-request.ts';
import { openApiDocument } from '../../src/server/open.ts';
import type { Stream } from '../../src/stream/stream.ts';
import { certificate } from './certificate.ts';
import { codeOf, newFolder, type OpenGateway, openGateway, sendRecords, recordsUrl as url } from './open-gateway.ts';

const good = { play_id: 'p1', seconds: 7 };

/** A point that work waits at until it is opened. */
function barrier() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  const wait = (): Promise<void> => {
    reach();
    return promise;
  };
  return { reached, open: resolve, wait };
}

/** A stream whose appends wait at a barrier. */
function appendsBehind({ wait }: ReturnType<typeof barrier>) {
  return (log: Stream): Stream => ({
    ...log,
    append: async (request) => {
      await wait();
      return log.append(request);
    },
  });
}

describe('the gateway', () => {
  const folder = newFolder();
  let door: OpenGateway;
  let token: string;
  let keyId: string;
  const answered: AnsweredRequest[] = [];
  before(async () => {
    const limits = { body: 4000, inflated: 9000, records: 50, depth: 4, rate: { requests: 1000, per: minutes(1) } };
    door = await openGateway({
      folder: folder.path,
      gateway: { limits, cors: ['https://shows.example'] },
      onAnswered: (_, each) => answered.push(each),
    });
    const issued = await door.keys.issue('player', ['write:p.plays']);
    [token, keyId] = [issued.token, issued.key.id];
  });
  after(async () => {
    await door.end();
    folder.remove();
  });

  const send = (body: unknown, headers: Record<string, string> = {}, to: OpenGateway = door) =>
    sendRecords(to, token, body, headers);

  it('answers where each record stands, or what is wrong with it; what is good goes in as it came', async () => {
    const body = `[{"play_id":"a","seconds":1.0},\n {"play_id":"b",\r\n"seconds":"2"}, {"play_id":"c","seconds":3,"play_id":"d"},
      {"play_id":"e","seconds":1,"Note":""}, [], nul, {"play_id":"f",\n"seconds":5}]`;
    const answer = await send(body);
    assert.equal(answer.statusCode, 207);
    const { records, accepted, refused } = answer.json();
    assert.deepEqual([accepted, refused], [2, 5]);
    const rules = records.map(({ issues = [] }) =>
      issues.map(({ rule, path }: { rule: string; path: string }) => `${path} ${rule}`),
    );
    assert.deepEqual(rules, [
      [],
      ['seconds wrong_type'],
      [' duplicate_key'],
      ['Note wrong_case'],
      [' not_an_object'],
      [' not_json'],
      [],
    ]);
    const values = await door.values();
    assert.deepEqual(values.toSorted(), ['{"play_id":"a","seconds":1.0}', '{"play_id":"f", "seconds":5}']);
    for (const at of [0, 6]) {
      const { partition, position } = records[at];
      const { batches } = await door.log.fetch('plays', partition, BigInt(position), { maxBytes: 1 });
      assert.match(Buffer.from(batches[0]?.values ?? []).toString(), at === 0 ? /"a"/ : /"f"/);
    }
  });

  it('refuses a request whose records are all wrong, and says why of each', async () => {
    const answer = await send([{ play_id: 'x', seconds: -1 }]);
    assert.equal(answer.statusCode, 400);
    assert.equal(answer.headers['content-type'], 'application/problem+json; charset=utf-8');
    const { type, status, records } = answer.json();
    assert.deepEqual([type, status], ['urn:playhead:error:PH_RECORD_INVALID', 400]);
    assert.equal(records[0].issues[0].rule, 'out_of_range');
  });

  it('takes gzip and zstd, and refuses what grows past its limit, comes broken, or in another encoding', async () => {
    const text = JSON.stringify([good]);
    for (const [encoding, packed] of [
      ['gzip', gzipSync(text)],
      ['zstd', zstdCompressSync(text)],
    ] as const) {
      assert.equal((await send(packed, { 'content-encoding': encoding })).statusCode, 200);
      assert.equal(codeOf(await send('no', { 'content-encoding': encoding })), 'PH_BODY_INVALID');
    }
    const bomb = Buffer.alloc(2_000_000, ' ');
    assert.equal(codeOf(await send(gzipSync(bomb), { 'content-encoding': 'gzip' })), 'PH_BODY_TOO_LARGE');
    assert.equal(codeOf(await send(zstdCompressSync(bomb), { 'content-encoding': 'zstd' })), 'PH_BODY_TOO_LARGE');
    assert.equal((await send(text, { 'content-encoding': 'br' })).statusCode, 415);
    const plain = await send(text, { 'content-type': 'text/plain' });
    assert.equal(plain.statusCode, 415);
    assert.match(plain.body, /Send the header Content-Type: application\/json/);
  });

  it('refuses bodies that are too large, too deep, too many, no list, empty, or no UTF-8, and takes nothing of them', async () => {
    const count = (await door.values()).length;
    const cases: readonly (readonly [string | Buffer, number, string])[] = [
      [JSON.stringify([good]).padEnd(4001), 413, 'PH_BODY_TOO_LARGE'],
      [JSON.stringify(Array(51).fill(good)), 413, 'PH_BODY_TOO_LARGE'],
      [`[${JSON.stringify(good)},{"play_id":${'['.repeat(1500)}${']'.repeat(1500)}}]`, 400, 'PH_BODY_INVALID'],
      ['['.repeat(3000), 400, 'PH_BODY_INVALID'],
      [JSON.stringify(good), 400, 'PH_BODY_INVALID'],
      [`[${JSON.stringify(good)}`, 400, 'PH_BODY_INVALID'],
      ['[]', 400, 'PH_BODY_INVALID'],
      ['', 400, 'PH_BODY_INVALID'],
      [Buffer.from([0x5b, 0xff, 0x5d]), 400, 'PH_BODY_INVALID'],
    ];
    for (const [body, status, code] of cases) {
      const answer = await send(body);
      assert.deepEqual([answer.statusCode, codeOf(answer)], [status, code], String(body).slice(0, 40));
    }
    assert.equal((await door.values()).length, count);
  });

  it('asks for a key that has the scope, is right, and was not revoked; the file holds no secret', async () => {
    const other = await door.keys.issue('other', ['write:p.others']);
    const all = await door.keys.issue('all', ['write:*']);
    const answers = [
      await send([good], { authorization: '' }),
      await send([good], { authorization: `Bearer ${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}` }),
      await send([good], { authorization: `Bearer ${other.token}` }),
      await send([good], { authorization: `Bearer ${all.token}` }),
    ];
    assert.deepEqual(
      answers.map(({ statusCode }) => statusCode),
      [401, 401, 403, 200],
    );
    assert.equal(answers[0]?.headers['www-authenticate'], 'Bearer');
    door.keys.revoke(all.key.id);
    assert.equal((await send([good], { authorization: `Bearer ${all.token}` })).statusCode, 401);
    assert.throws(
      () => door.keys.revoke('0'.repeat(16)),
      (error) => isPlayheadError(error, 'PH_API_KEY_UNKNOWN'),
    );
    const revoked = door.keys.list().filter(({ revokedMs }) => revokedMs !== undefined);
    assert.deepEqual(
      revoked.map(({ name }) => name),
      ['all'],
    );
    const bytes = ['gateway.sqlite', 'gateway.sqlite-wal'].map((name) => readFileSync(join(folder.path, name)));
    assert.ok(
      bytes.some((each) => each.includes(keyId)),
      'keys are in this file',
    );
    assert.ok(!bytes.some((each) => each.includes(token.slice(-43))));
  });

  it('tells of every answer: what was taken, what was refused and why, and how much came', async () => {
    answered.length = 0;
    const wrong = { play_id: 'x', seconds: -1 };
    const packed = gzipSync(JSON.stringify([good, wrong, {}, good]));
    await send(packed, { 'content-encoding': 'gzip' });
    await send([wrong]);
    await send([good], { authorization: '' });
    await send('no');
    while (answered.length < 4) await nextTurn();
    const said = answered.map(({ durationMs, refused, ...each }) => ({
      ...each,
      refused: Object.fromEntries(refused),
    }));
    const none = { bodyBytes: 0, accepted: 0, refused: {} };
    assert.deepEqual(said, [
      { status: 207, bodyBytes: packed.length, accepted: 2, refused: { out_of_range: 1, missing: 1 } },
      { ...none, status: 400, code: 'PH_RECORD_INVALID', bodyBytes: 30, refused: { out_of_range: 1 } },
      { ...none, status: 401, code: 'PH_API_KEY_INVALID' },
      { ...none, status: 400, code: 'PH_BODY_INVALID', bodyBytes: 2 },
    ]);
  });

  it('says by problem details which streams and routes there are not', async () => {
    const ask = (method: 'GET' | 'POST', path: string) => door.app.inject({ method, url: path });
    const answer = await ask('POST', '/v1/streams/p.plais/records');
    assert.deepEqual([answer.statusCode, codeOf(answer)], [404, 'PH_ADDRESS_UNKNOWN']);
    assert.match(answer.body, /no gateway takes records into a stream \\"p\.plais\\".*Did you mean \\"p\.plays\\"/);
    assert.match((await ask('GET', url)).body, /Send records with POST/);
    assert.match((await ask('GET', '/v2')).body, /nothing answers GET \/v2.*openapi\.json/);
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
  });

  it('lets pages of listed origins send, and no others', async () => {
    const ask = (origin: string) =>
      door.app.inject({ method: 'OPTIONS', url, headers: { origin, 'access-control-request-method': 'POST' } });
    const allowed = 'access-control-allow-origin';
    assert.equal((await ask('https://shows.example')).headers[allowed], 'https://shows.example');
    assert.equal((await ask('https://others.example')).headers[allowed], undefined);
    assert.equal((await send([good], { origin: 'https://shows.example' })).headers[allowed], 'https://shows.example');
  });

  it('says how it is, and what it takes: the document served is the document exported', async () => {
    for (const path of ['/healthz', '/readyz']) assert.equal((await door.app.inject({ url: path })).statusCode, 200);
    const served = (await door.app.inject({ url: '/openapi.json' })).json();
    assert.deepEqual(await openApiDocument(door.gateways, '1.2.3'), served);
    assert.equal(served.openapi, '3.1.0');
    const post = served.paths[url].post;
    const { items, maxItems } = post.requestBody.content['application/json'].schema;
    assert.deepEqual([maxItems, items.required, items.properties.seconds.minimum], [50, ['play_id', 'seconds'], 0]);
    for (const [, name] of JSON.stringify(served).matchAll(/"#\/components\/schemas\/(\w+)"/g))
      assert.ok(served.components.schemas[name ?? ''], `${name} is in the document`);
  });

  it('answers only once records are in the stream; a stop answers what is under way, and refuses what is new', async (test) => {
    const own = newFolder();
    test.after(own.remove);
    const append = barrier();
    const around = appendsBehind(append);
    const held = await openGateway({ folder: own.path, around });
    token = (await held.keys.issue('one', ['write:*'])).token;
    let answered = false;
    const under = send([good], {}, held).finally(() => (answered = true));
    await append.reached;
    const closing = held.close(new AbortController().signal);
    const fresh = await send([good], {}, held);
    assert.deepEqual([fresh.statusCode, codeOf(fresh), fresh.headers.connection], [503, 'PH_DRAINING', 'close']);
    assert.equal((await held.app.inject({ url: '/readyz' })).statusCode, 503);
    assert.ok(!answered, 'nothing is acknowledged before it is in the stream');
    append.open();
    const last = await under;
    assert.deepEqual([last.statusCode, last.headers.connection], [200, 'close']);
    await closing;
    assert.equal((await held.values()).length, 1);
    await held.log.close();
  });

  it('a key that asks too often, and a request that memory has no room for, are told when to come again', async (test) => {
    const own = newFolder();
    test.after(own.remove);
    const append = barrier();
    const around = appendsBehind(append);
    const memory = byteShare('requests', 100);
    const rate = { requests: 3, per: minutes(1) };
    const narrow = await openGateway({ folder: own.path, around, memory, gateway: { limits: { rate } } });
    token = (await narrow.keys.issue('one', ['write:*'])).token;
    const first = send([good], {}, narrow);
    await append.reached;
    const full = await send([good], {}, narrow);
    assert.deepEqual([full.statusCode, codeOf(full), full.headers['retry-after']], [503, 'PH_OVERLOADED', '1']);
    append.open();
    assert.equal((await first).statusCode, 200);
    assert.equal(memory.usedBytes, 0, 'what was held is given back');
    assert.equal((await send([good], {}, narrow)).statusCode, 200);
    const often = await send([good], {}, narrow);
    assert.deepEqual([often.statusCode, codeOf(often)], [429, 'PH_RATE_LIMITED']);
    assert.ok(Number(often.headers['retry-after']) > 0);
    await narrow.end();
  });

  it('cuts off a body that comes too slowly, and gives back what it held', async (test) => {
    const own = newFolder();
    test.after(own.remove);
    const memory = byteShare('requests', 2 ** 20);
    const slow = await openGateway({ folder: own.path, requestTimeoutMs: 60, memory });
    token = (await slow.keys.issue('one', ['write:*'])).token;
    const { port } = new URL(await slow.listen('127.0.0.1', 0));
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      `POST ${url} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n[{`,
    );
    let said = '';
    for await (const piece of socket) said += piece;
    assert.match(said, /^HTTP\/1\.1 408 Request Timeout\r\n[\s\S]*PH_REQUEST_TIMEOUT/);
    await slow.close(new AbortController().signal);
    assert.equal(memory.usedBytes, 0);
    await slow.end();
  });

  it('serves over TLS, and says so where a certificate is none', async (test) => {
    const [own, other] = [newFolder(), newFolder()];
    test.after(() => [own, other].map((each) => each.remove()));
    const server = await openGateway({ folder: own.path, tls: certificate });
    const url = await server.listen('127.0.0.1', 0);
    assert.match(url, /^https:/);
    const ca = certificate.cert;
    const status = await new Promise((resolve, reject) => {
      get(`${url}/healthz`, { ca, agent: false }, (answer) => resolve(answer.resume().statusCode)).on('error', reject);
    });
    assert.equal(status, 200);
    await server.end();
    const broken = openGateway({ folder: other.path, tls: { ...certificate, cert: 'no' } });
    await assert.rejects(broken, (error) => isPlayheadError(error, 'PH_USAGE'));
  });
});
