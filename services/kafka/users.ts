import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface User {
  readonly name: string;
  readonly password: string;
  /** Holds the password and nothing else; readable by its owner alone. */
  readonly passwordFile: string;
  /** Holds a token without a signature: good for this broker alone. */
  readonly tokenFile: string;
}

const tokenValidSeconds = 30 * 24 * 3600;

/** A user whose secrets are good for this one start. */
export async function makeUser(folder: string, name: string): Promise<User> {
  const password = randomBytes(18).toString('base64url');
  const passwordFile = join(folder, `${name}.password`);
  const tokenFile = join(folder, `${name}.token`);
  await writeFile(passwordFile, password, { mode: 0o600 });
  await writeFile(tokenFile, unsecuredToken(name), { mode: 0o600 });
  return { name, password, passwordFile, tokenFile };
}

/** An unsecured JSON Web Token (RFC 7519, section 6). */
function unsecuredToken(sub: string): string {
  const iat = Math.floor(Date.now() / 1000);
  const parts = [{ alg: 'none' }, { sub, iat, exp: iat + tokenValidSeconds }];
  return `${parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;
}
