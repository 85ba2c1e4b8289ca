import { hash, scrypt, timingSafeEqual } from 'node:crypto';
import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { secretBytes } from '../base/random.ts';
import type { Sqlite, SqliteRow } from '../base/sqlite.ts';

/** A key as it is known once its secret has been shown. */
export interface ApiKey {
  readonly id: string;
  /** Whose it is, for people. */
  readonly name: string;
  /** `write:plays.events` or `write:*`. */
  readonly scopes: readonly string[];
  readonly createdMs: number;
  readonly revokedMs?: number;
}

export interface ApiKeys {
  /** Makes a key. Its token is nowhere but in the answer. */
  issue(name: string, scopes: readonly string[]): Promise<{ readonly key: ApiKey; readonly token: string }>;
  /** Newest last. */
  list(): readonly ApiKey[];
  /** From now on it opens nothing, in every process. PH_API_KEY_UNKNOWN; one that was revoked stays as it is. */
  revoke(id: string): ApiKey;
  /** The key that a token is of. PH_API_KEY_INVALID; PH_OVERLOADED where too many wait to be told. */
  verify(token: string): Promise<ApiKey>;
}

const tokenPattern = /^phk_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;
/** scrypt's N, with r = 8 and p = 1: 32 MiB and some 60 ms of one core. Secrets have 256 random bits: nobody guesses them anyway. */
const usualCost = 2 ** 15;
/** Wrong secrets must not take all of the machine. */
const mostProving = 32;

/**
 * API keys in SQLite. Of a secret, its salted scrypt hash is kept; a secret that was found right is remembered in memory by its
 * SHA-256, so that only the first request of a process pays for scrypt. Whether it was revoked is read for every request: who
 * was revoked elsewhere is refused at once; nothing else of a key changes. `cost`, of new keys, is kept with each.
 */
export function openApiKeys(file: Sqlite, { clock }: Effects, cost = usualCost): ApiKeys {
  const proven = new Map<string, { readonly digest: Buffer; readonly key: ApiKey }>();
  const proving = new Map<string, Promise<boolean>>();
  let last: Promise<unknown> = Promise.resolve();
  const rowOf = (id: string): SqliteRow | undefined => file.get('SELECT * FROM api_keys WHERE id = ?', id);
  /** One after the other, and once for all that ask about the same secret meanwhile. */
  const prove = (id: string, secret: string, digest: Buffer, row: SqliteRow): Promise<boolean> => {
    const what = `${id} ${digest.toString('hex')}`;
    const asked = proving.get(what);
    if (asked !== undefined) return asked;
    if (proving.size >= mostProving)
      throw new PlayheadError('PH_OVERLOADED', 'too many API keys wait to be looked at', { hint: 'Try again soon.' });
    const answer = last.then(async () => {
      const right = timingSafeEqual(await hashed(secret, blob(row['salt']), Number(row['cost'])), blob(row['hash']));
      if (right) proven.set(id, { digest, key: keyOf(row) });
      return right;
    });
    proving.set(what, answer);
    last = answer.finally(() => proving.delete(what)).catch(() => {});
    return answer;
  };
  return {
    issue: async (name, scopes) => {
      const id = Buffer.from(secretBytes(8)).toString('hex');
      const secret = Buffer.from(secretBytes(32)).toString('base64url');
      const salt = secretBytes(16);
      const secretHash = await hashed(secret, salt, cost);
      const createdMs = clock.now();
      file.write('durable', () =>
        file.run(
          'INSERT INTO api_keys (id, name, scopes, salt, hash, cost, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?)',
          id,
          name,
          JSON.stringify(scopes),
          salt,
          secretHash,
          cost,
          createdMs,
        ),
      );
      return { key: { id, name, scopes, createdMs }, token: `phk_${id}_${secret}` };
    },
    list: () => file.all('SELECT * FROM api_keys ORDER BY created_ms, id').map(keyOf),
    revoke: (id) =>
      file.write('durable', () => {
        file.run('UPDATE api_keys SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL', clock.now(), id);
        const row = rowOf(id);
        if (row === undefined)
          throw new PlayheadError('PH_API_KEY_UNKNOWN', `there is no API key ${id}`, {
            hint: '`playhead keys issued` lists them.',
          });
        return keyOf(row);
      }),
    verify: async (token) => {
      const [, id = '', secret = ''] = tokenPattern.exec(token) ?? [];
      if (id === '') throw invalid();
      const digest = hash('sha256', secret, 'buffer');
      const known = proven.get(id);
      if (known !== undefined && timingSafeEqual(known.digest, digest)) {
        if (file.get('SELECT revoked_ms FROM api_keys WHERE id = ?', id)?.['revoked_ms'] !== null) throw invalid();
        return known.key;
      }
      const row = rowOf(id);
      if (row === undefined || row['revoked_ms'] !== null) throw invalid();
      if (!(await prove(id, secret, digest, row))) throw invalid();
      return keyOf(row);
    },
  };
}

/** Says nothing of why: whether a key is there is its owner's to know. */
export function invalid(): PlayheadError {
  return new PlayheadError('PH_API_KEY_INVALID', 'no API key, or one that opens nothing here', {
    hint: 'Send the header Authorization: Bearer phk_…; `playhead keys issue` makes a key.',
  });
}

function hashed(secret: string, salt: Uint8Array, cost: number): Promise<Buffer> {
  // 128 r (N + p) bytes, and some room.
  const options = { N: cost, r: 8, p: 1, maxmem: 128 * 8 * (cost + 64) };
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, 32, options, (error, derived) => (error === null ? resolve(derived) : reject(error)));
  });
}

/** Columns of this file that are declared BLOB NOT NULL. */
function blob(value: unknown): Uint8Array {
  return value as Uint8Array;
}

function keyOf(row: SqliteRow): ApiKey {
  const revokedMs = row['revoked_ms'];
  return {
    id: String(row['id']),
    name: String(row['name']),
    // Written by `issue`.
    scopes: JSON.parse(String(row['scopes'])) as string[],
    createdMs: Number(row['created_ms']),
    ...(revokedMs === null ? {} : { revokedMs: Number(revokedMs) }),
  };
}
