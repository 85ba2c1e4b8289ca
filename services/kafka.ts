import { randomBytes } from 'node:crypto';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { checkJars } from './jars.ts';
import { makeCertificates } from './kafka/certificates.ts';
import { java } from './kafka/java.ts';
import { serverProperties } from './kafka/server-properties.ts';
import { makeUser, type User } from './kafka/users.ts';
import type { Place, Service } from './service.ts';

const pins = ['pom.xml', 'jars.sha256', 'log4j2.xml'];
const pinned = join(import.meta.dirname, 'kafka');
const host = '127.0.0.1';

/** A single broker in KRaft mode: a plain listener, one with SASL (PLAIN, SCRAM, OAUTHBEARER), one with TLS, one with both. */
export const kafka: Service = {
  version: '4.3.0',
  needs: {
    java: {
      install: 'Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless; macOS: brew install openjdk)',
      oldest: { major: 17, ask: ['--version'] },
    },
    keytool: { install: 'Java, and put its bin folder on the path' },
    mvn: { install: 'Maven 3.8 or newer (Debian: apt-get install maven; macOS: brew install maven)' },
  },
  pins: pins.map((file) => join(pinned, file)),

  install: async (folder, run, progress) => {
    for (const file of pins) await cp(join(pinned, file), join(folder, file));
    const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=lib'];
    let fetched = 0;
    await run({ file: 'mvn', args: ['--batch-mode', ...copy], cwd: folder }, (line) => {
      if (line.includes('Downloaded from')) progress(`${++fetched} files from Maven Central`);
    });
    await checkJars(join(folder, 'lib'), join(folder, 'jars.sha256'));
  },

  launch: async (place) => {
    const { installed, data, freePort } = place;
    const ports = {
      plain: await freePort(),
      sasl: await freePort(),
      tls: await freePort(),
      saslTls: await freePort(),
      control: await freePort(),
    };
    // `playhead` has the rights that the documentation lists, `guest` none.
    const users = { playhead: await makeUser(data, 'playhead'), guest: await makeUser(data, 'guest') };
    const certificates = await makeCertificates(data, host, place.run);
    const properties = join(data, 'server.properties');
    const text = serverProperties({ host, ports, data, users: Object.values(users), certificates });
    await writeFile(properties, text, { mode: 0o600 });
    await format(place, properties, Object.values(users));
    return {
      program: java(installed, data, 'kafka.Kafka', properties),
      settings: {
        brokers: `${host}:${ports.plain}`,
        saslBrokers: `${host}:${ports.sasl}`,
        tlsBrokers: `${host}:${ports.tls}`,
        saslTlsBrokers: `${host}:${ports.saslTls}`,
        user: users.playhead.name,
        passwordFile: users.playhead.passwordFile,
        tokenFile: users.playhead.tokenFile,
        guest: users.guest.name,
        guestPasswordFile: users.guest.passwordFile,
        guestTokenFile: users.guest.tokenFile,
        caFile: certificates.caFile,
        jars: join(installed, 'lib'),
      },
      answers: () => greets(ports.plain),
      // The client is loaded where a broker was started, and nowhere else.
      furnish: async () => (await import('./kafka/access.ts')).allow(`${host}:${ports.plain}`, users.playhead.name),
      profile: {
        stream: {
          backend: 'kafka',
          brokers: [`${host}:${ports.saslTls}`],
          tls: { caFile: certificates.caFile },
          sasl: {
            mechanism: 'scram-sha-512',
            username: users.playhead.name,
            password: { file: users.playhead.passwordFile },
          },
        },
      },
    };
  },
};

/** Gives the log folder its cluster id, and the users their SCRAM credentials. */
export async function format(
  { installed, data, run }: Pick<Place, 'installed' | 'data' | 'run'>,
  properties: string,
  users: readonly User[],
): Promise<void> {
  // SCRAM credentials can only be given as arguments, or by a file of them.
  const scram = users.flatMap(({ name, password }) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map((kind) => `--add-scram\n${kind}=[name=${name},password=${password}]\n`),
  );
  const argumentsFile = join(data, 'format.args');
  // It may begin with a dash, so that it must not stand alone.
  const cluster = randomBytes(16).toString('base64url');
  const text = `format\n--cluster-id=${cluster}\n--config\n${properties}\n${scram.join('')}`;
  await writeFile(argumentsFile, text, { mode: 0o600 });
  await mkdir(join(data, 'log'));
  await run(java(installed, data, 'kafka.tools.StorageTool', `@${argumentsFile}`));
  await rm(argumentsFile);
}

/** Whether a broker on this machine answers an ApiVersions request (key 18, version 0): a port is open long before. */
export function greets(port: number): Promise<boolean> {
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
