import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { sha256Of } from './install.ts';
import type { Place, Program, Service } from './service.ts';

const pinned = join(import.meta.dirname, 'kafka');
const user = 'playhead';
const host = '127.0.0.1';

/** A single broker in KRaft mode: plain, SASL (PLAIN, SCRAM, OAUTHBEARER) and TLS listeners. */
export const kafka: Service = {
  version: '4.3.0',
  needs: {
    java: 'Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless)',
    keytool: 'comes with Java: put its bin folder on the path',
    mvn: 'Maven 3.8 or newer (Debian: apt-get install maven)',
  },
  pins: ['pom.xml', 'jars.sha256', 'log4j2.xml'].map((file) => join(pinned, file)),

  install: async (folder, run) => {
    await cp(pinned, folder, { recursive: true });
    const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=lib'];
    await run({ file: 'mvn', args: ['--quiet', '--batch-mode', ...copy], cwd: folder });
    await checkJars(folder);
  },

  launch: async (place) => {
    const ports = { plain: await place.freePort(), sasl: await place.freePort(), tls: await place.freePort() };
    const control = await place.freePort();
    const password = randomBytes(18).toString('base64url');
    const passwordFile = join(place.data, 'password');
    await writeFile(passwordFile, password, { mode: 0o600 });
    const store = await makeKeyStore(place);
    const properties = join(place.data, 'server.properties');
    const text = serverProperties({ ports, control, data: place.data, password, store });
    await writeFile(properties, text, { mode: 0o600 });
    await format(place, properties, password);
    return {
      program: java(place.installed, ['kafka.Kafka', properties], place.data),
      settings: {
        brokers: `${host}:${ports.plain}`,
        saslBrokers: `${host}:${ports.sasl}`,
        tlsBrokers: `${host}:${ports.tls}`,
        user,
        passwordFile,
        caFile: store.caFile,
        jars: join(place.installed, 'lib'),
      },
      answers: () => greets(ports.plain),
      profile: { stream: { backend: 'kafka', brokers: [`${host}:${ports.plain}`] } },
    };
  },
};

/** A program of the broker's jars. */
function java(installed: string, mainAndArgs: readonly string[], data: string): Program {
  return {
    file: 'java',
    args: [
      '-Xmx512m',
      '-XX:+UseSerialGC',
      // Its default is the system's temporary folder, where a killed broker's files would stay.
      `-Djava.io.tmpdir=${data}`,
      `-Dlog4j2.configurationFile=${join(installed, 'log4j2.xml')}`,
      '-cp',
      join(installed, 'lib', '*'),
      ...mainAndArgs,
    ],
  };
}

/** What Maven brought must be, file for file, what was pinned: no jar more, none less, none other. */
async function checkJars(folder: string): Promise<void> {
  const lines = (await readFile(join(folder, 'jars.sha256'), 'utf8')).trim().split('\n');
  for (const line of lines) {
    const [expected = '', jar = ''] = line.split(/ +/);
    const found = await sha256Of(join(folder, 'lib', jar)).catch(() => 'missing');
    if (found !== expected) throw new Error(`${jar}: expected SHA-256 ${expected}, found ${found}`);
  }
}

interface KeyStore {
  readonly file: string;
  readonly password: string;
  /** The broker's own certificate, PEM: what a client trusts. */
  readonly caFile: string;
}

async function makeKeyStore({ data, run }: Place): Promise<KeyStore> {
  const file = join(data, 'broker.p12');
  const caFile = join(data, 'broker.pem');
  const password = randomBytes(18).toString('base64url');
  // keytool reads a password from the environment, so that it stands on no command line.
  const env = { STORE_PASSWORD: password };
  const store = ['-keystore', file, '-storetype', 'PKCS12', '-storepass:env', 'STORE_PASSWORD', '-alias', 'broker'];
  const name = ['-dname', 'CN=localhost', '-ext', `SAN=dns:localhost,ip:${host}`];
  await run({ file: 'keytool', args: ['-genkeypair', '-keyalg', 'EC', '-validity', '30', ...name, ...store], env });
  await run({ file: 'keytool', args: ['-exportcert', '-rfc', '-file', caFile, ...store], env });
  await chmod(file, 0o600);
  return { file, password, caFile };
}

interface ServerSettings {
  readonly ports: { readonly plain: number; readonly sasl: number; readonly tls: number };
  readonly control: number;
  readonly data: string;
  readonly password: string;
  readonly store: KeyStore;
}

function serverProperties({ ports, control, data, password, store }: ServerSettings): string {
  const client = { PLAIN: ports.plain, SASL: ports.sasl, TLS: ports.tls };
  const addresses = Object.entries(client).map(([name, port]) => `${name}://${host}:${port}`);
  const sasl = 'listener.name.sasl';
  const module = 'org.apache.kafka.common.security';
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@${host}:${control}`,
    'controller.listener.names': 'CONTROL',
    'listener.security.protocol.map': 'PLAIN:PLAINTEXT,SASL:SASL_PLAINTEXT,TLS:SSL,CONTROL:PLAINTEXT',
    'inter.broker.listener.name': 'PLAIN',
    listeners: [...addresses, `CONTROL://${host}:${control}`].join(','),
    'advertised.listeners': addresses.join(','),
    'log.dirs': join(data, 'log'),
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    [`${sasl}.plain.sasl.jaas.config`]: `${module}.plain.PlainLoginModule required user_${user}="${password}";`,
    [`${sasl}.scram-sha-256.sasl.jaas.config`]: `${module}.scram.ScramLoginModule required;`,
    [`${sasl}.scram-sha-512.sasl.jaas.config`]: `${module}.scram.ScramLoginModule required;`,
    // Tokens without a signature: for tests on loopback alone.
    [`${sasl}.oauthbearer.sasl.jaas.config`]: `${module}.oauthbearer.OAuthBearerLoginModule required;`,
    'listener.name.tls.ssl.keystore.type': 'PKCS12',
    'listener.name.tls.ssl.keystore.location': store.file,
    'listener.name.tls.ssl.keystore.password': store.password,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

/** Gives the log folder its cluster id, and the user its SCRAM credentials. */
async function format({ installed, data, run }: Place, properties: string, password: string): Promise<void> {
  // SCRAM credentials can only be given as arguments, or by a file of them.
  const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map(
    (kind) => `--add-scram\n${kind}=[name=${user},password=${password}]\n`,
  );
  const arguments_ = join(data, 'format.args');
  const cluster = randomBytes(16).toString('base64url');
  await writeFile(arguments_, `format\n--cluster-id\n${cluster}\n--config\n${properties}\n${scram.join('')}`, {
    mode: 0o600,
  });
  await mkdir(join(data, 'log'));
  await run(java(installed, ['kafka.tools.StorageTool', `@${arguments_}`], data));
}

/** Whether the broker answers an ApiVersions request (key 18, version 0): a port is open long before. */
function greets(port: number): Promise<boolean> {
  const request = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 0, 0]);
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: 2000 }, () => socket.write(request));
    const end = (answered: boolean) => () => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('data', end(true)).once('error', end(false)).once('close', end(false)).once('timeout', end(false));
  });
}
