import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import { answerClientError, httpServer } from '../../src/server/http-server.ts';

test('a head that comes too slowly is cut off as a body is', async () => {
  const server = httpServer({ requestTimeoutMs: 60 }, () => assert.fail('no whole request came'));
  assert.deepEqual([server.headersTimeout, httpServer({}, () => {}).headersTimeout], [60, 10_000]);
  server.on('clientError', answerClientError);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nHost: one\r\nX-Slow: ');
  const answer: Buffer[] = [];
  for await (const bytes of socket) answer.push(bytes);
  assert.match(String(Buffer.concat(answer)), /^HTTP\/1\.1 408 /);
  server.close();
});
