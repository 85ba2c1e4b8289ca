import type { Effects } from '../base/effects.ts';
import { type ErrorCode, PlayheadError } from '../base/errors.ts';
import { requestFault } from '../base/request-fault.ts';
import { readSecret, type SecretReference, withoutSecrets } from '../base/secret.ts';
import { seconds } from '../base/units.ts';

/** Someone who takes JSON over HTTP. */
export interface HttpAddressee {
  /** Written out where anyone may know it; by reference where it is itself the key, as chat services have it. */
  readonly url: string | SecretReference;
  /** Their values are secrets. */
  readonly headers?: Readonly<Record<string, SecretReference>>;
  /** Default 10 s. */
  readonly timeoutMs?: number;
}

/** What the addressee is called in messages: `what` and its address, never one that is itself a secret. */
export function addresseeName(what: string, { url }: HttpAddressee): string {
  return `${what} ${typeof url === 'string' ? url : sourceOf(url)}`;
}

/**
 * POSTs JSON under an id, by which a repeated one is known. Taken is what is answered with 2xx. PH_NOTIFICATION_FAILED for
 * 408, 429, 5xx and silence, which may be tried again; PH_NOTIFICATION_REFUSED for other answers; PH_SECRET_MISSING,
 * PH_INTERRUPTED.
 */
export async function postJson(
  destination: string,
  settings: HttpAddressee,
  { id, body }: { readonly id: string; readonly body: string },
  signal: AbortSignal,
  effects: Effects,
): Promise<void> {
  const url = typeof settings.url === 'string' ? settings.url : await readSecret(settings.url, effects);
  const headers: Record<string, string> = { 'content-type': 'application/json', 'idempotency-key': id };
  const secrets: string[] = typeof settings.url === 'string' ? [] : [url];
  for (const [name, reference] of Object.entries(settings.headers ?? {})) {
    const secret = await readSecret(reference, effects);
    headers[name] = secret;
    secrets.push(secret);
  }
  const failed = (code: ErrorCode, what: string): PlayheadError =>
    new PlayheadError(code, withoutSecrets(`${destination}: ${what}`, secrets));
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body,
    // A redirect would carry the headers to someone whom nobody named.
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutMs ?? seconds(10))]),
  }).catch((error: unknown) => {
    if (signal.aborted) throw failed('PH_INTERRUPTED', 'interrupted');
    throw failed('PH_NOTIFICATION_FAILED', requestFault(error));
  });
  await response.body?.cancel();
  if (response.ok) return;
  const again = response.status === 408 || response.status === 429 || response.status >= 500;
  const status = `answered ${response.status} ${response.statusText}`.trim();
  throw failed(again ? 'PH_NOTIFICATION_FAILED' : 'PH_NOTIFICATION_REFUSED', status);
}

function sourceOf(reference: SecretReference): string {
  return 'env' in reference ? `(address in ${reference.env})` : `(address in ${reference.file})`;
}
