import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { connectionOptions } from '../../src/stream/kafka/connection-options.ts';

const region = 'eu-west-1';
const variables = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'session' };

/** AWS's signature, version 4, of a GET without a body whose one signed header is its host. */
function signatureOf(url: URL, secret: string): string {
  const parameters = [...url.searchParams].filter(([name]) => name !== 'X-Amz-Signature');
  const query = parameters
    .map((pair) => pair.map((text) => encodeURIComponent(text)).join('='))
    .sort()
    .join('&');
  const empty = createHash('sha256').digest('hex');
  const request = ['GET', '/', query, `host:${url.host}`, '', 'host', empty].join('\n');
  const [, ...scope] = (url.searchParams.get('X-Amz-Credential') ?? '').split('/');
  const hash = createHash('sha256').update(request).digest('hex');
  const text = ['AWS4-HMAC-SHA256', url.searchParams.get('X-Amz-Date'), scope.join('/'), hash].join('\n');
  const hmac = (key: string | Buffer, of: string): Buffer => createHmac('sha256', key).update(of).digest();
  return hmac(scope.reduce<string | Buffer>(hmac, `AWS4${secret}`), text).toString('hex');
}

describe('a connection to Kafka', () => {
  const kept = { ...process.env };
  before(() => {
    Object.assign(process.env, variables);
  });
  after(() => {
    for (const name of Object.keys(variables)) delete process.env[name];
    Object.assign(process.env, kept);
  });

  it('takes a token for IAM on MSK: signed for its region and service, with the credentials of the chain, for 15 minutes', async () => {
    const settings = { brokers: ['b-1.example:9098'], tls: {}, sasl: { mechanism: 'aws-msk-iam', region } } as const;
    const { sasl, tls } = await connectionOptions(settings, testEffects());
    assert.equal(sasl?.mechanism, 'OAUTHBEARER');
    assert.deepEqual(tls, {});
    assert.ok(typeof sasl.token === 'function');
    const token = await sasl.token();
    assert.match(token, /^[\w-]+$/, 'unpadded base64url, as the brokers read it');
    const url = new URL(Buffer.from(token, 'base64url').toString());
    assert.equal(url.origin, `https://kafka.${region}.amazonaws.com`);
    const of = (name: string): string => url.searchParams.get(name) ?? '';
    assert.equal(of('Action'), 'kafka-cluster:Connect');
    assert.match(of('X-Amz-Credential'), /^AKIDEXAMPLE\/\d{8}\/eu-west-1\/kafka-cluster\/aws4_request$/);
    assert.deepEqual([of('X-Amz-Expires'), of('X-Amz-SignedHeaders')], ['900', 'host']);
    assert.equal(of('X-Amz-Security-Token'), 'session');
    const signed = new URL(url);
    signed.searchParams.delete('User-Agent');
    assert.equal(of('X-Amz-Signature'), signatureOf(signed, variables.AWS_SECRET_ACCESS_KEY));
  });
});
