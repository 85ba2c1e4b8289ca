import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bucketRights, objectRights } from '../../src/lake/s3/needed-rights.ts';

/** An access key whose secret stands in a file as the AWS tools keep it. */
export interface AccessKey {
  readonly access: string;
  readonly secret: string;
  /** Readable by its owner alone. */
  readonly file: string;
}

/** Keys of this one start. */
export async function makeAccessKey(folder: string, name: string): Promise<AccessKey> {
  const access = `${name}-${randomBytes(6).toString('hex')}`;
  const secret = randomBytes(24).toString('base64url');
  const file = join(folder, `${name}.credentials`);
  const lines = ['[default]', `aws_access_key_id = ${access}`, `aws_secret_access_key = ${secret}`, ''];
  await writeFile(file, lines.join('\n'), { mode: 0o600 });
  return { access, secret, file };
}

/** The folder in which the gateway looks its users up; whoever is in it may do what a bucket's policy says, and nothing else. */
export async function writeUsers(folder: string, keys: readonly AccessKey[]): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  const accounts = keys.map(({ access, secret }) => [access, { access, secret, role: 'user' }]);
  const text = JSON.stringify({ accessAccounts: Object.fromEntries(accounts) });
  await writeFile(join(folder, 'users.json'), text, { mode: 0o600 });
}

/** A bucket policy that lets one user do what Playhead does. */
export function bucketPolicy(bucket: string, access: string): string {
  const statement = (actions: readonly string[], resource: string): object => ({
    Effect: 'Allow',
    Principal: { AWS: [access] },
    Action: actions,
    Resource: resource,
  });
  const Statement = [
    statement(bucketRights, `arn:aws:s3:::${bucket}`),
    statement(objectRights, `arn:aws:s3:::${bucket}/*`),
  ];
  return JSON.stringify({ Version: '2012-10-17', Statement });
}
