import type { Effects } from '../base/effects.ts';
import { type Notifier, notificationJson } from './notifier.ts';
import { addresseeName, type HttpAddressee, postJson } from './post-json.ts';

export interface WebhookSettings extends HttpAddressee {
  readonly backend: 'webhook';
}

/** POSTs each notification as JSON, under its id. */
export function webhookNotifier(settings: WebhookSettings, effects: Effects): Notifier {
  const destination = addresseeName('webhook', settings);
  return {
    destination,
    send: (notification, signal) =>
      postJson(destination, settings, { id: notification.id, body: notificationJson(notification) }, signal, effects),
  };
}
