import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { suggestion } from '../base/nearest.ts';
import type { SecretReference } from '../base/secret.ts';
import { type CommandSettings, commandNotifier } from './command.ts';
import type { Notifier } from './notifier.ts';
import { type WebhookSettings, webhookNotifier } from './webhook.ts';

/** A notifier's backend with its settings: pure data, as a profile writes it. */
export type NotifierSettings = WebhookSettings | CommandSettings;

type Backends = {
  readonly [B in NotifierSettings['backend']]: (
    settings: Extract<NotifierSettings, { backend: B }>,
    effects: Effects,
  ) => Notifier;
};

const backends: Backends = { webhook: webhookNotifier, command: commandNotifier };

/** Where the secrets are without which a notifier can't send. */
export function secretsOf(settings: NotifierSettings | undefined): readonly SecretReference[] {
  if (settings === undefined) return [];
  if (settings.backend === 'command') return Object.values(settings.env ?? {});
  const { url, headers = {} } = settings;
  return [...(typeof url === 'string' ? [] : [url]), ...Object.values(headers)];
}

/** The notifier that a profile binds to this name. PH_CONFIG_INVALID where it binds none. */
export function openNotifier(
  name: string,
  bound: Readonly<Record<string, NotifierSettings>>,
  effects: Effects,
): Notifier {
  const settings = Object.hasOwn(bound, name) ? bound[name] : undefined;
  if (settings === undefined) {
    const near = suggestion(name, Object.keys(bound));
    throw new PlayheadError('PH_CONFIG_INVALID', `the notifier "${name}" is bound to no backend in this profile`, {
      hint: `${near} Bind it: notifiers: { '${name}': { backend: 'webhook', url: { env: 'ALERTS_URL' } } }`.trim(),
    });
  }
  // The backend picks the function that takes its settings: a pairing that the compiler cannot follow through the table.
  const open = backends[settings.backend] as (settings: NotifierSettings, effects: Effects) => Notifier;
  return open(settings, effects);
}
