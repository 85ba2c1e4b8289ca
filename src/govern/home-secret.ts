import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { secretBytes } from '../base/random.ts';
import { systemCode } from '../lake/storage-error.ts';
import { homeFiles } from './home-files.ts';

const secretLength = 32;

/**
 * A secret of this home, made once: what stands in for a person's id in the audit log and in certificates is hashed with it,
 * so that nobody who only has those can try ids one after the other. It is no encryption key: losing it, one can no longer
 * tell whether a hash is that of a known id, and nothing else is lost.
 */
export async function homeSecret(home: string, effects: Effects): Promise<Uint8Array> {
  const { fs } = effects;
  const file = join(home, homeFiles.secret);
  for (;;) {
    const found = await fs.readFile(file).catch((cause: unknown) => {
      if (systemCode(cause) === 'ENOENT') return undefined;
      throw cause;
    });
    if (found?.length === secretLength) return found;
    if (found !== undefined)
      throw new PlayheadError('PH_STATE_CORRUPT', `${file} is damaged: it does not hold ${secretLength} bytes`, {
        hint: 'Put it back from a backup. Without it, hashes in the audit log and in certificates can no longer be compared with an id.',
      });
    const aside = `${file}.${Buffer.from(secretBytes(6)).toString('hex')}.tmp`;
    await fs.writeFile(aside, secretBytes(secretLength), { mode: 0o600, flush: true });
    // Of two processes that make one, the first decides.
    await fs.link(aside, file).catch((cause: unknown) => {
      if (systemCode(cause) !== 'EEXIST') throw cause;
    });
    await fs.unlink(aside);
  }
}

/** `hmac:` and 32 hex digits: equal for equal values of one home, and telling nothing else. */
export function keyedHash(secret: Uint8Array, value: string): string {
  return `hmac:${createHmac('sha256', secret).update(value).digest('hex').slice(0, 32)}`;
}
