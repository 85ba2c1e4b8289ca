import { join } from 'node:path';
import type { Certificates } from './certificates.ts';
import type { User } from './users.ts';

export interface ServerSettings {
  readonly host: string;
  readonly ports: {
    readonly plain: number;
    readonly sasl: number;
    readonly tls: number;
    readonly saslTls: number;
    readonly control: number;
  };
  readonly data: string;
  readonly users: readonly User[];
  readonly certificates: Certificates;
}

/** A broker that is a controller as well, among those of its cluster. */
export interface NodeSettings {
  readonly id: number;
  /** Of all nodes, its own among them: `id@host:port` of their controllers. */
  readonly voters: readonly string[];
  readonly data: string;
}

/** What every broker is started with. Topics of the cluster's own have a copy on each. */
export function nodeProperties({
  id,
  voters,
  data,
}: NodeSettings): Readonly<Record<string, string | number | boolean>> {
  const copies = voters.length;
  const inSync = Math.max(1, copies - 1);
  return {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': voters.join(','),
    'controller.listener.names': 'CONTROL',
    'inter.broker.listener.name': 'PLAIN',
    'log.dirs': join(data, 'log'),
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': copies,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': inSync,
    'group.initial.rebalance.delay.ms': 0,
  };
}

/** The file that a single broker, its own controller, is started with. */
export function serverProperties({ host, ports, data, users, certificates }: ServerSettings): string {
  const { plain, sasl, tls, saslTls, control } = ports;
  const listeners = { PLAIN: plain, SASL: sasl, TLS: tls, SASLTLS: saslTls };
  const addresses = Object.entries(listeners).map(([name, port]) => `${name}://${host}:${port}`);
  return propertiesText({
    ...nodeProperties({ id: 1, voters: [`1@${host}:${control}`], data }),
    'listener.security.protocol.map': 'PLAIN:PLAINTEXT,SASL:SASL_PLAINTEXT,TLS:SSL,SASLTLS:SASL_SSL,CONTROL:PLAINTEXT',
    listeners: [...addresses, `CONTROL://${host}:${control}`].join(','),
    'advertised.listeners': addresses.join(','),
    // Who comes by the plain or the TLS listener has no name, and may do everything; users need a right for each thing.
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    ...logins('sasl', users),
    ...logins('sasltls', users),
    ...keyStore('tls', certificates),
    ...keyStore('sasltls', certificates),
  });
}

/** As the broker reads them from a file. */
export function propertiesText(properties: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

function logins(listener: string, users: readonly User[]): Readonly<Record<string, string>> {
  const module = 'org.apache.kafka.common.security';
  const passwords = users.map(({ name, password }) => `user_${name}="${password}"`).join(' ');
  const jaas = (mechanism: string, login: string): [string, string] => [
    `listener.name.${listener}.${mechanism}.sasl.jaas.config`,
    `${module}.${login};`,
  ];
  return Object.fromEntries([
    jaas('plain', `plain.PlainLoginModule required ${passwords}`),
    jaas('scram-sha-256', 'scram.ScramLoginModule required'),
    jaas('scram-sha-512', 'scram.ScramLoginModule required'),
    // Tokens without a signature: for tests on loopback alone.
    jaas('oauthbearer', 'oauthbearer.OAuthBearerLoginModule required'),
  ]);
}

function keyStore(listener: string, { keyStore, keyStorePassword }: Certificates): Readonly<Record<string, string>> {
  const key = `listener.name.${listener}.ssl.keystore`;
  return { [`${key}.type`]: 'PKCS12', [`${key}.location`]: keyStore, [`${key}.password`]: keyStorePassword };
}
