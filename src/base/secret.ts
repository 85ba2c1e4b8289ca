import type { Effects } from './effects.ts';
import { PlayheadError } from './errors.ts';
import { secretCutter } from './secret-forms.ts';

/** Where a secret is, never what it is: an environment variable, or a file that holds it and nothing else. */
export type SecretReference = { readonly env: string } | { readonly file: string };

/** PH_SECRET_MISSING where the variable is not set, the file can't be read or is empty, or what is there is no line of text. */
export async function readSecret(reference: SecretReference, effects: Effects): Promise<string> {
  if ('env' in reference) {
    const value = effects.env[reference.env] ?? '';
    if (value !== '') return plain(value, `the environment variable ${reference.env}`);
    throw new PlayheadError('PH_SECRET_MISSING', `the environment variable ${reference.env} is not set`, {
      hint: 'The profile or a definition refers to it: set it where Playhead runs.',
    });
  }
  const text = await effects.fs.readFile(reference.file, 'utf8').catch((cause: unknown) => {
    throw new PlayheadError('PH_SECRET_MISSING', `the secret file ${reference.file} can't be read`, { cause });
  });
  const value = text.trim();
  if (value !== '') return plain(value, `the secret file ${reference.file}`);
  throw new PlayheadError('PH_SECRET_MISSING', `the secret file ${reference.file} is empty`);
}

/** No secret holds a control character; a file in UTF-16 is full of them, and who is given one quotes it in an error. */
function plain(value: string, where: string): string {
  const control = [...value].some((character) => character < ' ' || character === '\x7f');
  if (!control) return value;
  throw new PlayheadError('PH_SECRET_MISSING', `${where} holds a control character: it is no secret`, {
    hint: 'Write it as UTF-8 text on one line.',
  });
}

/** A text of someone else's (an error, what a command wrote) without the secrets that it may repeat, in whatever form. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== '')
    .reduce((safe, secret) => secretCutter(secret)(Buffer.from(safe)) ?? safe, text);
}

/** Where a secret comes from, for a message. */
export function secretPlace(reference: SecretReference): string {
  return 'env' in reference ? `the environment variable ${reference.env}` : `the file ${reference.file}`;
}
