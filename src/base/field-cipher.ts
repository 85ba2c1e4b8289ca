import type { Effects } from './effects.ts';
import { decrypt, encrypt, envelopeBytes, newEnvelope, nonceBytes, openEnvelope } from './envelope.ts';
import { PlayheadError } from './errors.ts';
import type { KeyRing } from './key-ring.ts';
import { secretBytes } from './random.ts';

/** Turns texts into what a database may hold, and back. A text that stands there in plain is read as it is. */
export interface FieldCipher {
  seal(text: string): string;
  open(stored: string): string;
}

/** Of a home that is not encrypted. */
export const plainFields: FieldCipher = { seal: (text) => text, open: (stored) => stored };

const mark = 'sealed:';

/**
 * Seals each text under a random nonce and one data key, which the envelope in `file` holds: made by the first that needs it.
 * 96 random bits are good for 2^32 texts. PH_KEY_MISSING; `open` throws PH_STATE_CORRUPT for what was changed.
 */
export async function fieldCipher(file: string, ring: KeyRing, { fs }: Pick<Effects, 'fs'>): Promise<FieldCipher> {
  const aside = `${file}.${Buffer.from(secretBytes(6)).toString('hex')}.tmp`;
  const { dataKey } = openEnvelope(await readOrMake(), ring, file);
  async function readOrMake(): Promise<Uint8Array> {
    const found = await fs.readFile(file).catch(ifNotThere);
    if (found?.length === envelopeBytes) return found;
    if (found !== undefined)
      throw new PlayheadError(
        'PH_STATE_CORRUPT',
        `${file} is damaged: it does not hold the key of the home's records of runs`,
        {
          hint: 'Put it back from a backup, or move runs.sqlite and lineage.sqlite aside with it: they hold the history of runs.',
        },
      );
    await fs.writeFile(aside, newEnvelope(ring, 0).bytes, { mode: 0o600, flush: true });
    // Of two processes that make one, the first decides.
    await fs.link(aside, file).catch((cause: unknown) => {
      if (!isCode(cause, 'EEXIST')) throw cause;
    });
    await fs.unlink(aside);
    return fs.readFile(file);
  }
  return {
    seal: (text) => {
      const nonce = secretBytes(nonceBytes);
      return mark + Buffer.concat([nonce, encrypt(dataKey, nonce, Buffer.from(text))]).toString('base64');
    },
    open: (stored) => {
      if (!stored.startsWith(mark)) return stored;
      const bytes = Buffer.from(stored.slice(mark.length), 'base64');
      const plain = decrypt(dataKey, bytes.subarray(0, nonceBytes), bytes.subarray(nonceBytes));
      if (plain !== undefined) return plain.toString();
      throw new PlayheadError('PH_STATE_CORRUPT', `a text that is sealed does not open with the key in ${file}`, {
        hint: 'Somebody changed the database or the key file. Put both back from a backup.',
      });
    },
  };
}

function ifNotThere(cause: unknown): undefined {
  if (!isCode(cause, 'ENOENT')) throw cause;
}

function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code;
}
