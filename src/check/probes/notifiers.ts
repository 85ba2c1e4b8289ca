import { isPlayheadError } from '../../base/errors.ts';
import { readSecret } from '../../base/secret.ts';
import { formatDuration } from '../../base/units.ts';
import { secretsOf } from '../../observe/open-notifier.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { addressed } from '../../pipeline/graph/address.ts';
import { boundNotifiers } from '../../pipeline/watch/watch-alarms.ts';
import { type Found, faulty, type Link, type Probe, well } from '../link.ts';

/** So many notifications are looked through for the last one of a notifier. */
const lookedThrough = 100;

/** Does each name that alarms tell lead to somebody, with the secrets that it takes, and was the last notification taken? */
export const probeNotifiers: Probe = async (engine, pipeline) => {
  const alarms = addressed([pipeline], 'alarm');
  const named = new Map<string, string>();
  for (const { address, definition } of alarms)
    for (const actions of [definition.alarmActions, definition.okActions, definition.insufficientDataActions])
      for (const name of actions) if (!named.has(name)) named.set(name, address);
  const links: Link[] = [];
  for (const [name, alarm] of named)
    links.push({ kind: 'notifier', address: name, ...(await look(engine, name, `playhead alarms rehearse ${alarm}`)) });
  return links;
};

async function look(engine: Engine, name: string, rehearse: string): Promise<Found> {
  try {
    const { destination } = boundNotifiers(engine)(name);
    for (const secret of secretsOf(engine.profile.notifiers?.[name])) await readSecret(secret, engine.effects);
    const sent = (await engine.alarms()).notifications({ limit: lookedThrough });
    const last = sent.find(({ notifier, outcome }) => notifier === name && outcome !== 'pending');
    if (last === undefined) return well(`${destination}; nothing was sent yet`);
    const tried = last.tried.at(-1);
    if (last.outcome === 'failed') return faulty(tried?.error ?? 'the last notification was not taken', rehearse);
    const ago = formatDuration(Math.max(0, engine.effects.clock.now() - (tried?.atMs ?? 0)));
    return well(`${destination}; took the last one ${ago} ago`);
  } catch (error) {
    if (!isPlayheadError(error)) throw error;
    return faulty(error.message, error.hint ?? rehearse);
  }
}
