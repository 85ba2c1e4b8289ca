import type { Effects } from '../base/effects.ts';
import { type ErrorCode, PlayheadError } from '../base/errors.ts';
import { seconds } from '../base/units.ts';
import { type AlarmNotification, type Notifier, notificationJson } from './notifier.ts';
import { readSecret, type SecretReference, withoutSecrets } from './secret.ts';

export interface WebhookSettings {
  readonly backend: 'webhook';
  /** Written out where anyone may know it; by reference where it is itself the key, as chat services have it. */
  readonly url: string | SecretReference;
  /** Their values are secrets. */
  readonly headers?: Readonly<Record<string, SecretReference>>;
  /** Default 10 s. */
  readonly timeoutMs?: number;
}

/** POSTs each notification as JSON. Taken is what is answered with 2xx; 408, 429, 5xx and silence are tried again. */
export function webhookNotifier(settings: WebhookSettings, effects: Effects): Notifier {
  const destination = `webhook ${typeof settings.url === 'string' ? settings.url : sourceOf(settings.url)}`;
  return {
    destination,
    send: async (notification, signal) => {
      const url = typeof settings.url === 'string' ? settings.url : await readSecret(settings.url, effects);
      const headers: Record<string, string> = {};
      for (const [name, reference] of Object.entries(settings.headers ?? {}))
        headers[name] = await readSecret(reference, effects);
      const secrets = [...Object.values(headers), ...(typeof settings.url === 'string' ? [] : [url])];
      const failed = (code: ErrorCode, what: string, cause?: unknown): PlayheadError =>
        new PlayheadError(
          code,
          withoutSecrets(`${destination}: ${what}`, secrets),
          cause === undefined ? {} : { cause },
        );
      const response = await post(url, headers, notification, settings.timeoutMs ?? seconds(10), signal).catch(
        (error: unknown) => {
          if (signal.aborted) throw failed('PH_INTERRUPTED', 'interrupted');
          // The request's own error may repeat headers and address: its words are taken, the object is not.
          throw failed('PH_NOTIFICATION_FAILED', requestFault(error));
        },
      );
      await response.body?.cancel();
      if (response.ok) return;
      const again = response.status === 408 || response.status === 429 || response.status >= 500;
      const status = `answered ${response.status} ${response.statusText}`.trim();
      throw failed(again ? 'PH_NOTIFICATION_FAILED' : 'PH_NOTIFICATION_REFUSED', status);
    },
  };
}

function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  notification: AlarmNotification,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': notification.id, ...headers },
    body: notificationJson(notification),
    // A redirect would carry the headers to someone whom nobody named.
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
}

function requestFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message || error.cause.name}` : '';
  return `${error.message}${cause}`;
}

function sourceOf(reference: SecretReference): string {
  return 'env' in reference ? `(address in ${reference.env})` : `(address in ${reference.file})`;
}
