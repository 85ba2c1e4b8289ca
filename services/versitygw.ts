import { randomBytes } from 'node:crypto';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Service } from './service.ts';

const module = join(import.meta.dirname, 'versitygw');
const program = 'github.com/versity/versitygw/cmd/versitygw';
const bucket = 'playhead';
const region = 'us-east-1';

/** An S3 server over a directory. `go.sum` pins every source that it is built from. */
export const versitygw: Service = {
  version: '1.8.0',
  needs: { go: { install: 'Go 1.26 or newer (https://go.dev/dl, or your package manager)' } },
  pins: [join(module, 'go.mod'), join(module, 'go.sum')],

  install: async (folder, run, progress) => {
    const cwd = join(folder, 'module');
    await cp(module, cwd, { recursive: true });
    const listed = await run({ file: 'go', args: ['list', '-mod=readonly', '-deps', program], cwd }, (line) => {
      if (line.startsWith('go: downloading')) progress(line.slice('go: '.length));
    });
    const packages = listed.trim().split('\n').length;
    let compiled = 0;
    // With -v each package is named as it is compiled; those that Go's own cache still has are not.
    const build = ['build', '-v', '-mod=readonly', '-o', join(folder, 'versitygw'), program];
    await run({ file: 'go', args: build, cwd }, (line) => {
      if (!line.startsWith('go: ')) compiled += 1;
      progress(`compiling from source, minutes where Go's cache is cold: ${compiled} of ${packages} packages`);
    });
  },

  launch: async ({ installed, data, freePort }) => {
    const port = await freePort();
    const endpoint = `http://127.0.0.1:${port}`;
    const objects = join(data, 'objects');
    // A bucket is a folder: it is there before the first request is.
    await mkdir(join(objects, bucket), { recursive: true });
    await mkdir(join(data, 'versions'));
    const credentials = join(data, 'credentials');
    const access = `dev-${randomBytes(6).toString('hex')}`;
    const secret = randomBytes(24).toString('base64url');
    const lines = ['[default]', `aws_access_key_id = ${access}`, `aws_secret_access_key = ${secret}`, ''];
    await writeFile(credentials, lines.join('\n'), { mode: 0o600 });
    return {
      program: {
        file: join(installed, 'versitygw'),
        args: ['--port', `127.0.0.1:${port}`, '--region', region, '--health', '/health', '--quiet'].concat(
          'posix',
          '--versioning-dir',
          join(data, 'versions'),
          objects,
        ),
        // In the environment, not on the command line, which every user of the machine can read.
        env: { ROOT_ACCESS_KEY: access, ROOT_SECRET_KEY: secret },
      },
      settings: { endpoint, region, bucket, credentials },
      answers: async () => (await fetch(`${endpoint}/health`)).ok,
      profile: {
        lake: { backend: 's3', bucket, region, endpoint, pathStyle: true, credentials: { file: credentials } },
      },
    };
  },
};
