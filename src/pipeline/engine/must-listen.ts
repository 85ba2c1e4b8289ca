import { connect } from 'node:net';
import { PlayheadError } from '../../base/errors.ts';
import { seconds } from '../../base/units.ts';
import type { Profile } from './profile.ts';

/**
 * Refuses a server that the profile says how to start, and that is gone, before anything else is asked of it: it may have taken
 * the files with its secrets along, so that whoever asks for those first would say the wrong thing. PH_STREAM_FAILED and
 * PH_STORAGE_FAILED say how to start it again.
 */
export async function mustListen(port: 'stream' | 'lake', profile: Profile): Promise<void> {
  const { [port]: binding } = profile;
  const startWith = 'startWith' in binding ? binding.startWith : undefined;
  if (startWith === undefined) return;
  const addresses = addressesOf(binding);
  const refused = await Promise.all(addresses.map(isRefused));
  if (addresses.length === 0 || refused.includes(false)) return;
  const code = port === 'stream' ? 'PH_STREAM_FAILED' : 'PH_STORAGE_FAILED';
  throw new PlayheadError(code, `the server of ${port} does not run: nothing listens at ${addresses.join(', ')}`, {
    hint: `Start it again: ${startWith}`,
    details: { port, addresses },
  });
}

/** Of what a profile names; an endpoint of AWS itself is not asked. */
function addressesOf(binding: Profile['stream'] | Profile['lake']): readonly string[] {
  if ('brokers' in binding) return binding.brokers;
  if (!('endpoint' in binding) || binding.endpoint === undefined) return [];
  const { protocol, hostname, port } = new URL(binding.endpoint);
  return [`${hostname}:${port === '' ? { 'http:': 80, 'https:': 443 }[protocol] : port}`];
}

/** A host that does not answer at all is not refusing: the client has the patience for it. */
function isRefused(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: seconds(5) });
    const end = (refused: boolean) => {
      socket.destroy();
      resolve(refused);
    };
    socket
      .once('connect', () => end(false))
      .once('timeout', () => end(false))
      .once('error', (failure: NodeJS.ErrnoException) => end(failure.code === 'ECONNREFUSED'));
  });
}
