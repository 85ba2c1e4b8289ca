import { isIP } from 'node:net';
import type * as Sdk from '@platformatic/kafka';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import { readSecret } from '../../base/secret.ts';
import { seconds } from '../../base/units.ts';
import type { KafkaSasl, KafkaSettings } from './settings.ts';

/** The client's options for a connection, with secrets read where they lie: each time one is needed, so that they may change. */
export async function connectionOptions(
  { brokers, clientId = 'playhead', tls, sasl, patienceMs = seconds(60) }: KafkaSettings,
  effects: Effects,
): Promise<Sdk.ConnectionOptions & { readonly clientId: string; readonly patienceMs: number }> {
  const read = async (file: string | undefined, what: string): Promise<Buffer | undefined> => {
    if (file === undefined) return undefined;
    return effects.fs.readFile(file).catch((cause: unknown) => {
      throw new PlayheadError('PH_SECRET_MISSING', `stream.tls.${what}: ${file} can't be read`, { cause });
    });
  };
  const files = {
    ca: await read(tls?.caFile, 'caFile'),
    cert: await read(tls?.certFile, 'certFile'),
    key: await read(tls?.keyFile, 'keyFile'),
  };
  const given = Object.fromEntries(Object.entries(files).filter(([, bytes]) => bytes !== undefined));
  return {
    clientId,
    patienceMs,
    connectTimeout: seconds(5),
    requestTimeout: seconds(40),
    // A server's name is never an address.
    ...(tls === undefined ? {} : { tls: given, tlsServerName: brokers.every((broker) => !isIP(hostOf(broker))) }),
    ...(sasl === undefined ? {} : { sasl: await saslOptions(sasl, effects) }),
  };
}

const hostOf = (broker: string): string => broker.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');

async function saslOptions(sasl: KafkaSasl, effects: Effects): Promise<Sdk.SASLOptions> {
  if (sasl.mechanism === 'oauthbearer') {
    const { token } = sasl;
    await readSecret(token, effects);
    return { mechanism: 'OAUTHBEARER', token: () => readSecret(token, effects) };
  }
  if (sasl.mechanism === 'aws-msk-iam') {
    const { tokenFor } = await import('./msk-iam.ts');
    return { mechanism: 'OAUTHBEARER', token: await tokenFor(sasl.region) };
  }
  const { username, password, mechanism } = sasl;
  const names = { plain: 'PLAIN', 'scram-sha-256': 'SCRAM-SHA-256', 'scram-sha-512': 'SCRAM-SHA-512' } as const;
  // Looked for at once: a missing secret is no failure of the broker's.
  await readSecret(password, effects);
  return { mechanism: names[mechanism], username, password: () => readSecret(password, effects) };
}
