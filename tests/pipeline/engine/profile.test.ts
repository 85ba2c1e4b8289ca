import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it } from 'node:test';
import { isPlayheadError } from '../../../src/base/errors.ts';
import { mustListen } from '../../../src/pipeline/engine/must-listen.ts';
import { embeddedProfile, resolveProfile } from '../../../src/pipeline/engine/profile.ts';

describe('profile', () => {
  it('is embedded unless another is named', () => {
    assert.deepEqual(resolveProfile('embedded', {}), embeddedProfile);
  });

  it('names only the ports that differ', () => {
    const profile = resolveProfile('small', { small: { engine: { backend: 'duckdb', threads: 2 } } });
    assert.deepEqual(profile, { ...embeddedProfile, engine: { backend: 'duckdb', threads: 2 } });
  });

  it('says over how many lanes is delivered, as a whole number', () => {
    assert.equal(resolveProfile('wide', { wide: { lanes: 4 } }).lanes, 4);
    assert.throws(() => resolveProfile('none', { none: { lanes: 0 } }), /lanes: /);
  });

  it('that nobody wrote is refused with the nearest name', () => {
    assert.throws(
      () => resolveProfile('smal', { small: {} }),
      (error) => isPlayheadError(error, 'PH_USAGE') && error.hint === 'Did you mean "small"?',
    );
  });

  it('takes secrets by reference only', () => {
    const notifiers = {
      chat: { backend: 'webhook', url: 'https://chat.example/hook?key=sesame', headers: { authorization: 'Bearer x' } },
      mailer: { backend: 'command', command: [], env: { TOKEN: { env: 'TOKEN' } } },
      sms: { backend: 'pigeon' },
      odd: { backend: 'webhook', url: 'file:///etc/passwd', timeout: 5 },
    };
    assert.throws(
      () => resolveProfile('loud', { loud: { notifiers } }),
      (error) => {
        assert.ok(isPlayheadError(error, 'PH_CONFIG_INVALID'));
        assert.match(error.message, /notifiers\.chat\.url: holds credentials or a query: write it by reference/);
        assert.match(error.message, /notifiers\.chat\.headers\.authorization: a secret stands by reference only/);
        assert.match(error.message, /notifiers\.mailer\.command: must have at least 1/);
        assert.match(error.message, /notifiers\.sms\.backend: unknown backend "pigeon": expected webhook or command/);
        assert.match(error.message, /notifiers\.odd\.url: expected an http or https address/);
        assert.match(error.message, /notifiers\.odd\.timeout: unknown setting\. Did you mean "timeoutMs"/);
        assert.ok(!error.message.includes('sesame'));
        return true;
      },
    );
  });

  it('takes a log on Kafka by its brokers, and no secret of it', () => {
    const stream = {
      backend: 'kafka',
      brokers: ['b-1.example:9096'],
      tls: {},
      sasl: { mechanism: 'scram-sha-512', username: 'playhead', password: { env: 'KAFKA_PASSWORD' } },
    };
    assert.deepEqual(resolveProfile('far', { far: { stream } }).stream, stream);
    const sasl = { mechanism: 'plain', username: 'playhead', password: 'sesame' };
    const wrong = { backend: 'kafka', brokers: ['b-1.example'], sasl, compression: 'zip', acks: 1 };
    assert.throws(
      () => resolveProfile('far', { far: { stream: wrong } }),
      (error) => {
        assert.ok(isPlayheadError(error, 'PH_CONFIG_INVALID'));
        assert.match(error.message, /stream\.brokers\[0\]: .*host:port of a broker/);
        assert.match(error.message, /stream\.sasl\.password: a secret stands by reference only/);
        assert.match(error.message, /stream\.compression: /);
        assert.match(error.message, /stream\.acks: unknown setting/);
        assert.ok(!error.message.includes('sesame'));
        return true;
      },
    );
    assert.throws(() => resolveProfile('far', { far: { stream: { backend: 'kafka' } } }), /stream\.brokers: missing/);
  });

  it('takes a lake on S3 by its bucket and region, and names what is missing of it', () => {
    const lake = { backend: 's3', bucket: 'acme-lake', region: 'eu-west-1' };
    assert.deepEqual(resolveProfile('far', { far: { lake } }).lake, lake);
    assert.throws(
      () => resolveProfile('far', { far: { lake: { backend: 's3' } } }),
      (error) => {
        assert.ok(isPlayheadError(error, 'PH_CONFIG_INVALID'));
        assert.match(error.message, /lake\.bucket: missing/);
        assert.match(error.message, /lake\.region: missing/);
        return true;
      },
    );
  });

  it('reports unknown ports, backends and settings all at once', () => {
    const profile = {
      steam: { backend: 'embedded' },
      stream: { backend: 'kafak' },
      catalog: {},
      engine: { backend: 'duckdb', thread: 2, memoryBytes: 1 },
    };
    assert.throws(
      () => resolveProfile('odd', { odd: profile }),
      (error) => {
        assert.ok(isPlayheadError(error, 'PH_CONFIG_INVALID'));
        assert.match(error.message, /steam: unknown port\. Did you mean "stream"/);
        assert.match(error.message, /stream\.backend: unknown backend "kafak": expected embedded or kafka/);
        assert.match(error.message, /catalog\.backend: missing: expected sqlite/);
        assert.match(error.message, /engine\.thread: unknown setting\. Did you mean "threads"/);
        assert.match(error.message, /engine\.memoryBytes: expected a whole number from 67108864, found 1/);
        return true;
      },
    );
  });

  it('says how a server is started again, before anything of it is asked', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    // A listening TCP server has a port.
    const { port } = server.address() as AddressInfo;
    const log = { backend: 'kafka', brokers: [`127.0.0.1:${port}`], startWith: 'brokers up' } as const;
    const lake = {
      backend: 's3',
      bucket: 'lake',
      region: 'r',
      endpoint: `http://127.0.0.1:${port}`,
      startWith: 'stores up',
    } as const;
    const profile = { ...resolveProfile('servers', { servers: { stream: log, lake } }) };
    await mustListen('stream', profile);
    await mustListen('lake', profile);
    server.close();
    await once(server, 'close');
    for (const [of, code, hint] of [
      ['stream', 'PH_STREAM_FAILED', /brokers up$/],
      ['lake', 'PH_STORAGE_FAILED', /stores up$/],
    ] as const)
      await assert.rejects(
        mustListen(of, profile),
        (error) =>
          isPlayheadError(error, code) && hint.test(error.hint ?? '') && error.message.includes(`127.0.0.1:${port}`),
      );
    // Whoever starts its servers otherwise has the client's patience.
    const { startWith: _, ...unsaid } = log;
    await mustListen('stream', { ...profile, stream: unsaid });
  });
});
