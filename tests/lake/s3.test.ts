import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { systemEffects } from '../../src/base/effects.ts';
import { type ErrorCode, isPlayheadError, type PlayheadError } from '../../src/base/errors.ts';
import { mebibytes } from '../../src/base/units.ts';
import type { ObjectStore, UnfinishedUpload } from '../../src/lake/object-store.ts';
import { bucketRights, objectRights } from '../../src/lake/s3/needed-rights.ts';
import type { S3Settings } from '../../src/lake/s3/settings.ts';
import { openS3Store } from '../../src/lake/s3.ts';
import { type Answered, type Asked, refusal, type ScriptedS3, scriptedS3 } from './scripted-s3.ts';

describe('the S3 store', () => {
  let folder: string;
  let server: ScriptedS3 | undefined;
  let store: ObjectStore | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'playhead-s3-'));
    await credentials('first');
  });
  afterEach(async () => {
    await store?.close();
    await server?.close();
    [store, server] = [undefined, undefined];
    await rm(folder, { recursive: true });
  });

  const file = (): string => join(folder, 'credentials');
  const credentials = (token: string): Promise<void> =>
    writeFile(file(), `[default]\naws_access_key_id=a\naws_secret_access_key=s\naws_session_token=${token}\n`);
  const open = async (
    script: (asked: Asked) => Answered | undefined,
    settings: Partial<S3Settings> = {},
  ): Promise<{ store: ObjectStore; asked: readonly Asked[] }> => {
    server = await scriptedS3(script);
    const endpoint = `http://localhost:${server.port}`;
    const own = { endpoint, region: 'eu-west-1', bucket: 'lake', attempts: 2, credentials: { file: file() } };
    store = await openS3Store(
      { pathStyle: true, ...own, ...settings },
      { folder: join(folder, 'copies') },
      systemEffects(),
    );
    return { store, asked: server.asked };
  };
  const failure = async (...answers: Parameters<typeof refusal>): Promise<PlayheadError> => {
    const error = await open(() => refusal(...answers))
      .then(({ store: opened }) => opened.list(''))
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    await server?.close();
    assert.ok(isPlayheadError(error));
    return error;
  };
  async function* megabytes(count: number): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < count; i += 1) yield Buffer.alloc(mebibytes(1));
  }

  test('says of a store that refuses what is wrong and what helps', async () => {
    const region = { 'x-amz-bucket-region': 'us-west-2' };
    const cases: readonly (readonly [Parameters<typeof refusal>, ErrorCode, RegExp])[] = [
      [[404, 'NoSuchBucket'], 'PH_STORAGE_FAILED', /there is no bucket lake/],
      [[403, 'AccessDenied'], 'PH_STORAGE_READ_ONLY', /access is denied/],
      [[403, 'InvalidAccessKeyId'], 'PH_STORAGE_READ_ONLY', /does not know the access key/],
      [[403, 'SignatureDoesNotMatch'], 'PH_STORAGE_READ_ONLY', /the secret key is wrong/],
      [[403, 'RequestTimeTooSkewed'], 'PH_STORAGE_FAILED', /clock is off/],
      [[301, 'PermanentRedirect', '', region], 'PH_STORAGE_FAILED', /not in eu-west-1 but in us-west-2/],
      [[400, 'AuthorizationHeaderMalformed', '<Region>us-west-2</Region>'], 'PH_STORAGE_FAILED', /but in us-west-2/],
      [[400, 'ExpiredToken'], 'PH_STORAGE_READ_ONLY', /credentials have expired/],
      [[503, 'SlowDown'], 'PH_STORAGE_FAILED', /asks for fewer requests/],
      [[400, 'KMS.DisabledException'], 'PH_STORAGE_READ_ONLY', /key of KMS can't be used/],
    ];
    for (const [answer, code, message] of cases) {
      const error = await failure(...answer);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.ok((error.hint ?? '') !== '');
    }
  });

  test('goes on with credentials that were renewed in the middle of an upload', async () => {
    let parts = 0;
    const { store: opened, asked } = await open(({ url, headers }) => {
      if (url.includes('partNumber')) parts += 1;
      return parts >= 2 && headers['x-amz-security-token'] === 'first' ? refusal(400, 'ExpiredToken') : undefined;
    });
    async function* renewedMeanwhile(): AsyncGenerator<Uint8Array> {
      await credentials('second');
      yield* megabytes(25);
    }
    await opened.put('a', renewedMeanwhile());
    const tokens = asked
      .filter(({ url }) => url.includes('partNumber'))
      .map((each) => each.headers['x-amz-security-token']);
    assert.deepEqual(new Set(tokens), new Set(['first', 'second']));
    assert.equal(asked.at(-1)?.method, 'POST');
  });

  test('has credentials of a web identity, and others before they end', async (test) => {
    const assumed: string[] = [];
    const used = new Set<unknown>();
    const token = join(folder, 'token');
    const answer = ({ body, headers }: Asked): Answered | undefined => {
      if (!body.includes('Action=AssumeRoleWithWebIdentity')) {
        used.add(headers['x-amz-security-token']);
        return undefined;
      }
      assumed.push(new URLSearchParams(body).get('WebIdentityToken') ?? '');
      // As Kubernetes writes it anew each hour.
      writeFileSync(token, 'second');
      const credentials = [
        '<AccessKeyId>a</AccessKeyId><SecretAccessKey>s</SecretAccessKey>',
        `<SessionToken>session-${assumed.length}</SessionToken>`,
        // The SDK asks for others five minutes before, beside its requests.
        `<Expiration>${new Date(Date.now() + 60_000).toISOString()}</Expiration>`,
      ].join('');
      const result = `<AssumeRoleWithWebIdentityResult><Credentials>${credentials}</Credentials></AssumeRoleWithWebIdentityResult>`;
      return { body: `<AssumeRoleWithWebIdentityResponse>${result}</AssumeRoleWithWebIdentityResponse>` };
    };
    server = await scriptedS3(answer);
    const endpoint = `http://localhost:${server.port}`;
    const environment = {
      AWS_WEB_IDENTITY_TOKEN_FILE: token,
      AWS_ROLE_ARN: 'arn:aws:iam::1:role/lake',
      AWS_REGION: 'eu-west-1',
    };
    const before = { ...process.env };
    test.after(() => {
      process.env = before;
    });
    process.env = { PATH: before['PATH'], HOME: folder, AWS_ENDPOINT_URL_STS: endpoint, ...environment };
    await writeFile(token, 'first');
    const copies = { folder: join(folder, 'copies') };
    const settings = { endpoint, region: 'eu-west-1', bucket: 'lake', pathStyle: true, attempts: 1 };
    store = await openS3Store(settings, copies, systemEffects());
    for (let puts = 0; puts < 50 && !used.has('session-2'); puts += 1) await store.put('a', Buffer.from('x'));
    assert.deepEqual(assumed.slice(0, 2), ['first', 'second']);
    assert.ok(used.has('session-1') && used.has('session-2'));
  });

  test('reads an object whose content is known by one request, and by none where a copy is there', async () => {
    const { store: opened, asked } = await open(({ method, url }) =>
      method === 'GET' && url.includes('/a')
        ? { headers: { etag: '"e"', 'content-length': '4' }, body: 'abcd' }
        : undefined,
    );
    const before = asked.length;
    for (const _ of [1, 2]) assert.equal(await readFile(await opened.localFile('a', 'e'), 'utf8'), 'abcd');
    assert.deepEqual(
      asked.slice(before).map(({ method, headers }) => [method, headers['if-match']]),
      [['GET', '"e"']],
    );
  });

  test('asks for encryption in every put and upload, by the store or by a key', async () => {
    const cases = [
      [{ kind: 's3' }, 'AES256', undefined],
      [{ kind: 'kms', keyId: 'k1' }, 'aws:kms', 'k1'],
    ] as const;
    for (const [encryption, algorithm, key] of cases) {
      const { store: opened, asked } = await open(() => undefined, { encryption });
      await opened.put('small', Buffer.from('x'));
      await opened.put('large', megabytes(9));
      const begun = asked.filter(({ method, url }) =>
        method === 'PUT' ? url.includes('small') : url.includes('uploads'),
      );
      assert.equal(begun.length, 2);
      for (const { headers } of begun) {
        assert.equal(headers['x-amz-server-side-encryption'], algorithm);
        assert.equal(headers['x-amz-server-side-encryption-aws-kms-key-id'], key);
      }
      await opened.close();
      await server?.close();
    }
  });

  test('finds a bucket by its path or by its own host', async () => {
    const path = await open(() => undefined);
    await path.store.head('a/b');
    assert.match(path.asked.at(-1)?.url ?? '', /^\/lake\/a\/b/);
    await path.store.close();
    await server?.close();
    // Not every machine resolves names under localhost: then the failure says what host was asked for.
    const host = await open(() => undefined, { pathStyle: false, attempts: 1 }).then(
      ({ asked }) => `${asked.at(-1)?.headers.host} ${asked.at(-1)?.url}`,
      (error: PlayheadError) => error.message,
    );
    assert.match(host, /lake\.localhost/);
    assert.doesNotMatch(host, /\/lake\b(?!\.)/);
  });

  test('writes rules into the bucket beside those of others, and one that ends uploads', async () => {
    const there = `<LifecycleConfiguration>
      <Rule><ID>theirs</ID><Status>Enabled</Status><Filter><Prefix>x/</Prefix></Filter><Expiration><Days>3</Days></Expiration></Rule>
      <Rule><ID>playhead:in/shop.storage:gone</ID><Status>Enabled</Status><Filter><Prefix>in/</Prefix></Filter><Expiration><Days>1</Days></Expiration></Rule>
    </LifecycleConfiguration>`;
    const setting = { 'x-amz-transition-default-minimum-object-size': 'varies_by_storage_class' };
    let isGone = false;
    const { store: opened, asked } = await open(
      ({ method, url }) => {
        if (method !== 'GET' || !url.includes('lifecycle')) return undefined;

        // Another program takes its rule away after ours are put.
        return isGone && asked.at(-2)?.method === 'PUT'
          ? { body: '<LifecycleConfiguration/>' }
          : { body: there, headers: setting };
      },
      { prefix: 'in/' },
    );
    assert.equal(opened.capabilities.lifecycles, true);
    const rule = {
      id: 'old',
      enabled: true,
      prefix: 'orders/',
      sizeGreaterThan: 9,
      expiredDeleteMarkers: true,
    } as const;
    const transitions = [{ days: 30, storageClass: 'GLACIER' as const }];
    await opened.applyLifecycle?.('shop.storage', [{ ...rule, transitions, expirationDays: 90 }]);
    const { body = '', headers = {} } = asked.findLast(({ method }) => method === 'PUT') ?? {};
    assert.equal(headers[Object.keys(setting)[0] ?? ''], 'varies_by_storage_class');
    const rules = [...body.matchAll(/<Rule>.*?<\/Rule>/gs)].map(([text]) => text);
    const ids = rules.map((text) => /<ID>(.*?)<\/ID>/.exec(text)?.[1]);
    const own = 'playhead:in/shop.storage:old';
    assert.deepEqual(ids, ['theirs', own, `${own}:markers`, 'playhead:in/:uploads']);
    assert.match(rules[1] ?? '', /<Prefix>in\/orders\/<\/Prefix>/);
    assert.match(rules[1] ?? '', /<ObjectSizeGreaterThan>9<.*<Days>90<.*|<Days>90<.*<ObjectSizeGreaterThan>9</s);
    assert.match(rules[1] ?? '', /<StorageClass>GLACIER</);
    assert.match(rules[3] ?? '', /<DaysAfterInitiation>7</);
    isGone = true;
    await assert.rejects(opened.applyLifecycle?.('shop.storage', []) ?? Promise.resolve(), (error) =>
      isPlayheadError(error, 'PH_OBJECT_CHANGED'),
    );
  });

  test('finds every upload that has not ended, page by page, and ends one', async () => {
    const upload = (key: string): string =>
      `<Upload><Key>in/${key}</Key><UploadId>of-${key}</UploadId><Initiated>2025-08-11T00:00:00Z</Initiated></Upload>`;
    const page = (more: string, keys: readonly string[]): Answered => ({
      body: `<ListMultipartUploadsResult>${more}${keys.map(upload).join('')}</ListMultipartUploadsResult>`,
    });
    const next =
      '<IsTruncated>true</IsTruncated><NextKeyMarker>in/b</NextKeyMarker><NextUploadIdMarker>of-b</NextUploadIdMarker>';
    const { store: opened, asked } = await open(
      ({ method, url }) => {
        if (method === 'DELETE') return refusal(404, 'NoSuchUpload');
        if (!url.includes('uploads')) return undefined;
        return url.includes('key-marker=in%2Fb') && url.includes('upload-id-marker=of-b')
          ? page('', ['c'])
          : page(next, ['a', 'b']);
      },
      { prefix: 'in/' },
    );
    const found: UnfinishedUpload[] = [];
    for await (const each of opened.uploads?.('') ?? []) found.push(each);
    assert.deepEqual(
      found.map(({ key, startedMs }) => [key, startedMs]),
      ['a', 'b', 'c'].map((key) => [key, Date.UTC(2025, 7, 11)]),
    );
    await found[2]?.end();
    const { method, url } = asked.at(-1) ?? {};
    assert.equal(method, 'DELETE');
    assert.match(url ?? '', /\/lake\/in\/c\?.*uploadId=of-c/);
  });

  test('looks for versions also where versioning is suspended, and where it may not ask for it', async () => {
    const answers: readonly (readonly [boolean, Answered])[] = [
      [false, { body: '<VersioningConfiguration/>' }],
      [true, { body: '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>' }],
      [true, { body: '<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>' }],
      [true, refusal(403, 'AccessDenied')],
    ];
    for (const [expected, answer] of answers) {
      const { store: opened } = await open(({ url }) => (url.includes('versioning') ? answer : undefined));
      assert.deepEqual([opened.capabilities.versioning, opened.versions !== undefined], [expected, expected]);
      await opened.close();
      await server?.close();
    }
  });

  test('tries the right to set rules without setting any', async () => {
    const theirs = '<Rule><ID>theirs</ID><Status>Enabled</Status><Filter><Prefix>x/</Prefix></Filter></Rule>';
    const answers = [refusal(403, 'AccessDenied'), refusal(400, 'InvalidRequest'), {}];
    const lacking: (readonly string[])[] = [];
    for (const answer of answers) {
      const { store: opened, asked } = await open(({ method, url }) => {
        if (!url.includes('lifecycle')) return undefined;
        return method === 'GET' ? { body: `<LifecycleConfiguration>${theirs}</LifecycleConfiguration>` } : answer;
      });
      lacking.push((await opened.missingRights?.()) ?? []);
      const puts = asked.filter(({ method, url }) => method === 'PUT' && url.includes('lifecycle'));
      // Theirs stay where a store takes the rule that does nothing, and are all there is in the end.
      const ids = puts.map(({ body }) => [...body.matchAll(/<ID>(.*?)<\/ID>/g)].map(([, id]) => id));
      const tried = ['theirs', 'playhead:doctor'];
      assert.deepEqual(ids, answer.status === undefined ? [tried, ['theirs']] : [tried]);
      await opened.close();
      await server?.close();
    }
    assert.deepEqual(lacking, [['s3:PutLifecycleConfiguration'], [], []]);
  });

  test('names each right that it asks for where access is denied', async () => {
    const hint = (await failure(403, 'AccessDenied')).hint ?? '';
    for (const right of [...bucketRights, ...objectRights]) assert.ok(hint.includes(right), right);
  });

  test('leaves rules to the engine where the store has none', async () => {
    const { store: opened } = await open(({ url }) =>
      url.includes('lifecycle') ? refusal(501, 'NotImplemented') : undefined,
    );
    assert.equal(opened.capabilities.lifecycles, false);
    assert.equal(opened.applyLifecycle, undefined);
  });

  test('names what to install where the SDK is not there', async () => {
    const hooks = registerHooks({
      resolve: (specifier, context, next) => {
        if (specifier.startsWith('@aws-sdk/'))
          throw Object.assign(new Error(`Cannot find package ${specifier}`), { code: 'ERR_MODULE_NOT_FOUND' });
        return next(specifier, context);
      },
    });
    try {
      const sdk = (await import(`../../src/lake/s3/sdk.ts?${'missing'}`)) as typeof import('../../src/lake/s3/sdk.ts');
      await assert.rejects(sdk.loadS3Sdk(), (error) => {
        assert.ok(isPlayheadError(error, 'PH_DEPENDENCY_MISSING'));
        return /^npm install @aws-sdk\/client-s3 /.test(error.hint ?? '');
      });
    } finally {
      hooks.deregister();
    }
  });
});
