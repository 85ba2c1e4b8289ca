// Part of the build: puts the SQL of the shipped pipelines beside their compiled definitions, which read it from there.
import { cpSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
cpSync(join(root, 'pipelines'), join(root, 'dist', 'pipelines'), {
  recursive: true,
  filter: (source) => extname(source) === '' || extname(source) === '.sql',
});
