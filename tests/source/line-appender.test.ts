import assert from 'node:assert/strict';
import { it } from 'node:test';
import { lineAppender } from '../../src/source/line-appender.ts';
import type { AppendRequest, Stream } from '../../src/stream/stream.ts';

const line = new Uint8Array(4 * 1024 ** 2);

/** An appender to a log that answers when it is told to, and what it was sent. */
function appenderTo(answer: (request: AppendRequest) => Promise<void>) {
  const sent: AppendRequest[] = [];
  const append: Stream['append'] = async (request) => {
    sent.push(request);
    await answer(request);
    const { count } = request.batch;
    return {
      ...{ logged: count, resent: 0, erased: 0 },
      ...{ partitions: new Uint16Array(count), positions: new BigInt64Array(count) },
    };
  };
  // Of a stream, an appender asks for nothing else where nothing was resent.
  const stream = { append } as Stream;
  const appender = lineAppender(stream, { topic: 'plays', source: 'app', keyed: false }, () => {});
  const add = (sequence: number) =>
    appender.add({ line: sequence, sequence, bytes: line, key: undefined, arrivalMs: 0, isObject: true });
  return { appender, add, sent, buffers: () => new Set(sent.map(({ batch }) => batch.values.buffer)).size };
}

it('writes what comes into the room of what the log has, and of nothing that is under way', async () => {
  const log = Promise.withResolvers<void>();
  const { appender, add, buffers } = appenderTo(() => log.promise);
  for (let sequence = 0; sequence < 3; sequence += 1) {
    add(sequence);
    await appender.send();
  }
  assert.equal(buffers(), 3);
  log.resolve();
  await appender.settle();
  for (let sequence = 3; sequence < 9; sequence += 1) {
    add(sequence);
    await appender.send();
    await appender.settle();
  }
  assert.equal(buffers(), 4);
});
