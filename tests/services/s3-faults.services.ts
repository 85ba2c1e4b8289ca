import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { systemEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { seededRandom } from '../../src/base/random.ts';
import { mebibytes } from '../../src/base/units.ts';
import { type ObjectStore, readAll } from '../../src/lake/object-store.ts';
import { connectS3 } from '../../src/lake/s3/client.ts';
import { loadS3Sdk } from '../../src/lake/s3/sdk.ts';
import type { S3Settings } from '../../src/lake/s3/settings.ts';
import { openS3Store } from '../../src/lake/s3.ts';
import { objectStoreConformance } from '../conformance/object-store.ts';
import { type Fault, type FaultyProxy, faultyProxy } from './faulty-proxy.ts';
import { type SuiteServers, suiteServers } from './servers.ts';

const text = (body: string): Uint8Array => Buffer.from(body);

async function* megabytes(count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i += 1) yield Buffer.alloc(mebibytes(1), i);
}

describe('the S3 store on a network that fails', { timeout: 600_000 }, () => {
  let servers: SuiteServers;
  let proxies: FaultyProxy[] = [];
  let stores: ObjectStore[] = [];
  before(async () => {
    servers = await suiteServers('s3');
  });
  after(() => servers.stop());
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await Promise.all(proxies.map((proxy) => proxy.close()));
    stores = [];
    proxies = [];
  });

  const settingsOf = (endpoint?: string): S3Settings => {
    const { bucket = '', region = '', credentials = '', ...own } = servers.settings('s3');
    return {
      endpoint: endpoint ?? own['endpoint'] ?? '',
      region,
      bucket,
      prefix: 'faults/',
      pathStyle: true,
      attempts: 4,
      timeoutMs: 3000,
      credentials: { file: credentials },
    };
  };
  const proxied = async (faultOf: (asked: IncomingMessage) => Fault | undefined): Promise<FaultyProxy> => {
    const proxy = await faultyProxy(servers.settings('s3')['endpoint'] ?? '', faultOf);
    proxies.push(proxy);
    return proxy;
  };
  const opened = async (settings: S3Settings): Promise<ObjectStore> => {
    const store = await openS3Store(settings, { folder: join(servers.folder, 'copies') }, systemEffects());
    stores.push(store);
    return store;
  };
  /** A store whose requests of one kind are struck so many times. */
  const striking = async (fault: Fault, times: number, which: (asked: IncomingMessage) => boolean) => {
    let left = times;
    const proxy = await proxied((asked) => {
      if (left === 0 || !which(asked)) return undefined;
      left -= 1;
      return fault;
    });
    return { store: await opened(settingsOf(proxy.endpoint)), proxy };
  };

  describe('through a proxy that fails one request in eight', () => {
    const quick: readonly Fault[] = [
      ...(['internalError', 'slowDown', 'reset', 'internalErrorAfter', 'resetAfter', 'truncated'] as const),
    ];
    /** Each costs a timeout. */
    const slow: readonly Fault[] = ['stall', 'stallAfter', 'stallInBody'];
    let proxy: FaultyProxy;
    before(async () => {
      const random = seededRandom(5);
      const store = servers.settings('s3')['endpoint'] ?? '';
      proxy = await faultyProxy(store, ({ url }) => {
        // A body that breaks off after its object was replaced can't be taken up: that is a test of its own.
        if (url?.includes('/reader/')) return undefined;
        const drawn = random.uint32();
        return drawn % 100 === 0 ? slow[(drawn >>> 8) % slow.length] : quick[(drawn >>> 8) % (8 * quick.length)];
      });
    });
    after(async () => {
      await proxy.close();
      assert.deepEqual(new Set(proxy.struck.filter((fault) => quick.includes(fault))), new Set(quick));
      assert.ok(proxy.struck.some((fault) => slow.includes(fault)));
    });
    objectStoreConformance('S3 store', () =>
      openS3Store(
        { ...settingsOf(proxy.endpoint), prefix: 'struck/', attempts: 10 },
        { folder: join(servers.folder, 'copies') },
        systemEffects(),
      ),
    );
  });

  const isPut = (asked: IncomingMessage): boolean => asked.method === 'PUT' && !asked.url?.includes('partNumber');
  const isCompletion = (asked: IncomingMessage): boolean =>
    asked.method === 'POST' && asked.url?.includes('uploadId') === true;

  for (const fault of ['internalErrorAfter', 'resetAfter', 'stallAfter'] as const) {
    test(`a conditional put whose answer was lost (${fault}) knows its own object`, async () => {
      const { store, proxy } = await striking(fault, 1, isPut);
      const made = await store.put(`lost/${fault}`, text('one'), { ifNoneMatch: '*' });
      const next = await store.put(`lost/${fault}`, text('two'), { ifMatch: made.etag });
      assert.equal((await store.head(`lost/${fault}`))?.etag, next.etag);
      assert.deepEqual(proxy.struck, [fault]);
    });

    test(`so does a replacement, and an upload in parts (${fault})`, async () => {
      const { store: before } = await striking(fault, 0, isPut);
      const { etag } = await before.put(`replaced/${fault}`, text('one'));
      const { store } = await striking(fault, 1, isPut);
      const next = await store.put(`replaced/${fault}`, text('two'), { ifMatch: etag });
      assert.equal((await store.head(`replaced/${fault}`))?.etag, next.etag);
      const { store: inParts, proxy } = await striking(fault, 1, isCompletion);
      await inParts.put(`parts/${fault}`, megabytes(17), { ifNoneMatch: '*' });
      assert.equal((await inParts.head(`parts/${fault}`))?.sizeBytes, mebibytes(17));
      assert.deepEqual(proxy.struck, [fault]);
    });
  }

  test('a put that lost to another one while its answer was lost is told so', async () => {
    const { store: other } = await striking('reset', 0, isPut);
    const { store } = await striking('reset', 1, isPut);
    await other.put('lost/other', text('theirs'), { ifNoneMatch: '*' });
    await assert.rejects(store.put('lost/other', text('mine'), { ifNoneMatch: '*' }), (error) =>
      isPlayheadError(error, 'PH_OBJECT_EXISTS'),
    );
  });

  test('a body that breaks off is taken up where it ended, of the same content', async () => {
    const { store: writer } = await striking('reset', 0, isPut);
    await writer.put('body/a', megabytes(3));
    for (const fault of ['truncated', 'stallInBody'] as const) {
      const { store, proxy } = await striking(fault, 3, ({ method }) => method === 'GET' || method === undefined);
      const whole = Buffer.concat([0, 1, 2].map((i) => Buffer.alloc(mebibytes(1), i)));
      assert.ok(whole.equals((await readAll(store, 'body/a')).bytes));
      assert.equal(proxy.struck.length, 3);
    }
  });

  test('a body that breaks off and was replaced meanwhile is no mixture of both', async () => {
    const { store: writer } = await striking('reset', 0, isPut);
    await writer.put('body/b', megabytes(3));
    const { store } = await striking('truncated', 1, ({ url }) => url?.includes('body/b') === true);
    const { body } = await store.get('body/b');
    await writer.put('body/b', megabytes(2));
    await assert.rejects(
      async () => {
        for await (const _ of body);
      },
      (error) => isPlayheadError(error, 'PH_OBJECT_CHANGED'),
    );
  });

  test('a bit that is another one is found, in a small object and in one of parts', async () => {
    const { store: writer } = await striking('reset', 0, isPut);
    await writer.put('bit/small', text('playhead'));
    await writer.put('bit/parts', megabytes(9));
    for (const key of ['bit/small', 'bit/parts']) {
      const { store } = await striking('flippedBit', 1, ({ url }) => url?.includes(key) === true);
      await assert.rejects(readAll(store, key), (error) => isPlayheadError(error, 'PH_OBJECT_CORRUPT'));
    }
  });

  test('an upload that fails leaves no part behind', async () => {
    const { store } = await striking('internalError', 100, ({ url }) => url?.includes('partNumber=2') === true);
    await assert.rejects(store.put('left/a', megabytes(17)), (error) => isPlayheadError(error, 'PH_STORAGE_FAILED'));
    const sdk = await loadS3Sdk();
    const client = await connectS3(sdk, settingsOf(), systemEffects());
    const { Uploads = [] } = await client.send(
      new sdk.ListMultipartUploadsCommand({ Bucket: settingsOf().bucket, Prefix: 'faults/left/' }),
    );
    assert.deepEqual(Uploads, []);
    client.destroy();
  });
});
