import { isIP } from 'node:net';
import type * as Sdk from '@platformatic/kafka';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import { readSecret, type SecretReference } from '../../base/secret.ts';
import { seconds } from '../../base/units.ts';
import type { Compression } from './compression.ts';

/** How a client proves who it is. Secrets stand by reference. */
export type KafkaSasl =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
      readonly username: string;
      readonly password: SecretReference;
    }
  | { readonly mechanism: 'oauthbearer'; readonly token: SecretReference }
  /** MSK with IAM; credentials from the standard chain of AWS. */
  | { readonly mechanism: 'aws-msk-iam'; readonly region: string };

export interface KafkaTls {
  /** PEM of the authority that signed the brokers' certificates; the machine's own where it is left out. */
  readonly caFile?: string;
  /** PEM of this client's certificate and its key, where brokers ask for one. */
  readonly certFile?: string;
  readonly keyFile?: string;
}

export interface KafkaSettings {
  /** `host:port` of some brokers; the cluster names the others. */
  readonly brokers: readonly string[];
  readonly clientId?: string;
  readonly tls?: KafkaTls;
  readonly sasl?: KafkaSasl;
  /** Of record batches; default zstd. */
  readonly compression?: Compression;
  /** Copies of each partition of a topic that is made; default 3, or as many as the cluster has brokers. */
  readonly replication?: number;
  /** How long a broker that is away is waited for; default 60 s. */
  readonly patienceMs?: number;
}

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
