import { randomBytes } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import type { Run } from '../service.ts';

/** What a TLS listener shows, and what its clients trust. */
export interface Certificates {
  readonly keyStore: string;
  readonly keyStorePassword: string;
  /** The certificate of the authority that signed the server's, PEM. */
  readonly caFile: string;
}

const validity = ['-validity', '30', '-keyalg', 'EC'];

/** An authority of this one server's, and a certificate signed by it for `host` and localhost. The authority's key is thrown away. */
export async function makeCertificates(folder: string, host: string, run: Run): Promise<Certificates> {
  const keyStore = join(folder, 'broker.p12');
  const caFile = join(folder, 'ca.pem');
  const keyStorePassword = randomBytes(18).toString('base64url');
  const keytool = async (...args: readonly string[]): Promise<void> => {
    const store = ['-keystore', keyStore, '-storetype', 'PKCS12', '-storepass:env', 'STORE_PASSWORD'];
    // keytool reads a password from the environment, so that it stands on no command line.
    const env = { STORE_PASSWORD: keyStorePassword };
    await run({ file: 'keytool', args: [...args, ...store, '-J-XX:TieredStopAtLevel=1', '-J-XX:-UsePerfData'], env });
  };
  const authority = ['-dname', 'CN=Playhead development authority', '-ext', 'bc:c', '-ext', 'ku:c=keyCertSign'];
  const server = ['-dname', 'CN=localhost', '-ext', `san=dns:localhost,ip:${host}`, '-signer', 'ca'];
  await keytool('-genkeypair', '-alias', 'ca', ...validity, ...authority);
  await keytool('-genkeypair', '-alias', 'broker', ...validity, ...server);
  await keytool('-exportcert', '-alias', 'ca', '-rfc', '-file', caFile);
  // The broker would take whichever key comes first.
  await keytool('-delete', '-alias', 'ca');
  await chmod(keyStore, 0o600);
  return { keyStore, keyStorePassword, caFile };
}
