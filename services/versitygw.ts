import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Service } from './service.ts';
import { type AccessKey, bucketPolicy, makeAccessKey, writeUsers } from './versitygw/access.ts';

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
    await mkdir(cwd);
    for (const file of ['go.mod', 'go.sum', 'tools.go']) await cp(join(module, file), join(cwd, file));
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
    const folders = { objects: join(data, 'objects'), versions: join(data, 'versions'), users: join(data, 'users') };
    // A bucket is a folder: it is there before the first request is.
    await mkdir(join(folders.objects, bucket), { recursive: true });
    await mkdir(folders.versions);
    const owner = await makeAccessKey(data, 'owner');
    // `playhead` has the rights that the documentation lists, `guest` none.
    const [user, guest] = [await makeAccessKey(data, 'playhead'), await makeAccessKey(data, 'guest')];
    await writeUsers(folders.users, [user, guest]);
    const listen = [
      '--port',
      `127.0.0.1:${port}`,
      '--region',
      region,
      '--health',
      '/health',
      '--quiet',
      '--keep-alive',
    ];
    return {
      program: {
        file: join(installed, 'versitygw'),
        args: [...listen, '--iam-dir', folders.users].concat(
          'posix',
          '--versioning-dir',
          folders.versions,
          folders.objects,
        ),
        // In the environment, not on the command line, which every user of the machine can read.
        env: { ROOT_ACCESS_KEY: owner.access, ROOT_SECRET_KEY: owner.secret },
      },
      settings: {
        endpoint,
        region,
        bucket,
        credentials: owner.file,
        userCredentials: user.file,
        guest: guest.access,
        guestCredentials: guest.file,
      },
      answers: async () => (await fetch(`${endpoint}/health`)).ok,
      furnish: () => allow(endpoint, owner, user),
      profile: {
        lake: { backend: 's3', bucket, region, endpoint, pathStyle: true, credentials: { file: user.file } },
      },
    };
  },
};

/** Gives the user the rights on the bucket that the documentation lists. */
async function allow(endpoint: string, owner: AccessKey, user: AccessKey): Promise<void> {
  const { PutBucketPolicyCommand, S3Client } = await import('@aws-sdk/client-s3');
  const credentials = { accessKeyId: owner.access, secretAccessKey: owner.secret };
  const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials });
  await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: bucketPolicy(bucket, user.access) }));
  client.destroy();
}
