import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { systemEffects } from '../../src/base/effects.ts';
import { type ErrorCode, isPlayheadError } from '../../src/base/errors.ts';
import { kibibytes, mebibytes } from '../../src/base/units.ts';
import { type ObjectStore, readAll } from '../../src/lake/object-store.ts';
import type { S3Settings } from '../../src/lake/s3/settings.ts';
import { openS3Store } from '../../src/lake/s3.ts';
import { type Answered, type Asked, refusal, type ScriptedS3, scriptedS3 } from './scripted-s3.ts';

describe('an S3 store that fails', () => {
  let folder: string;
  let server: ScriptedS3 | undefined;
  let store: ObjectStore | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'playhead-s3-'));
    await writeFile(join(folder, 'credentials'), '[default]\naws_access_key_id=a\naws_secret_access_key=s\n');
  });
  afterEach(async () => {
    await store?.close();
    await server?.close();
    [store, server] = [undefined, undefined];
    await rm(folder, { recursive: true });
  });

  const open = async (
    script: (asked: Asked) => Answered | undefined,
    settings: Partial<S3Settings> = {},
    take?: (request: IncomingMessage) => Promise<Buffer>,
  ): Promise<{ store: ObjectStore; asked: readonly Asked[] }> => {
    server = await scriptedS3(script, take);
    const endpoint = `http://127.0.0.1:${server.port}`;
    const credentials = { file: join(folder, 'credentials') };
    const own = { endpoint, region: 'eu-west-1', bucket: 'lake', pathStyle: true, attempts: 1, credentials };
    store = await openS3Store({ ...own, ...settings }, { folder: join(folder, 'copies') }, systemEffects());
    return { store, asked: server.asked };
  };
  const rejects = (work: Promise<unknown>, code: ErrorCode, words: RegExp): Promise<void> =>
    assert.rejects(work, (error) => isPlayheadError(error, code) && words.test(error.message));

  test('is waited for beyond its time as long as something moves', async () => {
    // Bytes of the upload would do as well, but the kernel takes megabytes of them at once: then it is the sender that is silent.
    const slowly = async (request: IncomingMessage): Promise<Buffer> => {
      for (let i = 0; request.method === 'PUT' && i < 30; i += 1) {
        await wait(30);
        request.socket.write('HTTP/1.1 102 Processing\r\n\r\n');
      }
      return Buffer.alloc(0);
    };
    const { store: opened } = await open(() => undefined, { timeoutMs: 600 }, slowly);
    assert.equal((await opened.put('slow', Buffer.from('x'))).etag, 'e');
  });

  test('is given up when it is silent', async () => {
    const never = (request: IncomingMessage): Promise<Buffer> =>
      request.method === 'PUT' ? new Promise(() => {}) : Promise.resolve(Buffer.alloc(0));
    const { store: opened } = await open(() => undefined, { timeoutMs: 100 }, never);
    await rejects(opened.put('silent', Buffer.from('x')), 'PH_STORAGE_FAILED', /silent for 0\.1 s/);
  });

  test('says so also to who reads a body that can not be taken up again', async () => {
    const headers = { 'content-length': `${mebibytes(1)}`, etag: '"e"', connection: 'close' };
    const { store: opened } = await open(({ url, headers: { range } }) => {
      if (!url.includes('cut')) return undefined;
      return range === undefined ? { headers, body: 'x'.repeat(kibibytes(300)) } : refusal(403, 'AccessDenied');
    });
    await rejects(readAll(opened, 'cut'), 'PH_STORAGE_READ_ONLY', /reading cut: access is denied/);
  });

  test('may give a page without a key in the middle of a list, but must say where the list goes on', async () => {
    const page = (content: string): Answered => ({ body: `<ListBucketResult>${content}</ListBucketResult>` });
    const { store: opened } = await open(({ url }) => {
      if (url.includes('continuation-token=t'))
        return page('<IsTruncated>false</IsTruncated><Contents><Key>a/1</Key><Size>1</Size></Contents>');
      const token = url.includes('prefix=a') ? '<NextContinuationToken>t</NextContinuationToken>' : '';
      return url.includes('list-type') ? page(`<IsTruncated>true</IsTruncated>${token}`) : undefined;
    });
    assert.deepEqual(
      (await opened.list('a/')).objects.map(({ key }) => key),
      ['a/1'],
    );
    await rejects(opened.list('b/'), 'PH_STORAGE_FAILED', /broke off its list of b\//);
  });

  test('must say where a list of versions goes on', async () => {
    const versioned = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
    const truncated = '<ListVersionsResult><IsTruncated>true</IsTruncated></ListVersionsResult>';
    const { store: opened } = await open(({ url }) => {
      if (url.includes('versioning')) return { body: versioned };
      return url.includes('versions') ? { body: truncated } : undefined;
    });
    const listed = async (): Promise<void> => {
      for await (const version of opened.versions?.list('a/') ?? []) assert.fail(version.key);
    };
    await rejects(listed(), 'PH_STORAGE_FAILED', /broke off its list of a\//);
  });

  test('must give the bytes of a range that it is asked for, and the length of what it gives', async () => {
    const { store: opened } = await open(({ url }) => {
      if (url.includes('whole')) return { body: '01234567', headers: { etag: '"e"' } };
      const chunked = { etag: '"e"', 'transfer-encoding': 'chunked' };
      return url.includes('chunked') ? { body: 'x', headers: chunked } : undefined;
    });
    const range = { start: 2, end: 4 };
    await rejects(opened.get('whole', { range }), 'PH_STORAGE_FAILED', /from byte 2, and answered otherwise/);
    await rejects(opened.get('chunked'), 'PH_STORAGE_FAILED', /does not say how long chunked is/);
    await rejects(opened.head('chunked'), 'PH_STORAGE_FAILED', /does not say how long chunked is/);
  });

  test('that has other writes under way is asked again, and never said to hold what it does not', async () => {
    const conflict = refusal(409, 'ConditionalRequestConflict');
    let refusals = 2;
    const { store: opened, asked } = await open(({ method, url }) => {
      if (method === 'PUT' && url.includes('brief') && refusals > 0) refusals -= 1;
      else if (method !== 'PUT' || url.includes('brief')) return url.includes('none') ? { status: 404 } : undefined;
      return conflict;
    });
    assert.equal((await opened.put('brief', Buffer.from('x'), { ifMatch: 'e' })).etag, 'e');
    assert.equal(asked.filter(({ method }) => method === 'PUT').length, 3);
    async function* once(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x');
    }
    const underWay = /other writes of \w+ were under way/;
    await rejects(opened.put('none', once(), { ifNoneMatch: '*' }), 'PH_STORAGE_FAILED', underWay);
    await rejects(opened.put('same', once(), { ifMatch: 'e' }), 'PH_STORAGE_FAILED', underWay);
    await rejects(opened.put('other', once(), { ifMatch: 'f' }), 'PH_OBJECT_CHANGED', /no longer the object/);
    await rejects(opened.put('there', once(), { ifNoneMatch: '*' }), 'PH_OBJECT_EXISTS', /already/);
  });
});
