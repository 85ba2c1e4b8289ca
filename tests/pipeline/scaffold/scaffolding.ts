import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { systemEffects } from '../../../src/base/effects.ts';
import { type Duck, openDuck } from '../../../src/duck/duck.ts';
import { type Scaffolded, scaffoldProject } from '../../../src/pipeline/scaffold/scaffold-project.ts';

export interface Scaffolding {
  /** A path in the folder of this file's tests. */
  at(name: string): string;
  duck(): Duck;
  /** A project in a folder of its own. */
  scaffold(from?: string): Promise<Scaffolded & { directory: string }>;
  sampleFile(name: string, text: string): Promise<string>;
}

/** A folder and a DuckDB for the tests of one file, opened before the first and gone after the last. */
export function scaffolding(): Scaffolding {
  const effects = systemEffects();
  let folder: string;
  let duck: Duck;
  let projects = 0;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scaffold-'));
    duck = await openDuck({ memoryBytes: 256 * 1024 ** 2, threads: 1, temporaryDirectory: join(folder, 'temporary') });
  });
  after(async () => {
    await duck.close();
    await rm(folder, { recursive: true });
  });
  return {
    at: (name) => join(folder, name),
    duck: () => duck,
    scaffold: async (from) => {
      const directory = join(folder, `project-${projects++}`);
      return {
        directory,
        ...(await scaffoldProject({ directory, ...(from === undefined ? {} : { from }) }, { duck }, effects)),
      };
    },
    sampleFile: async (name, text) => {
      const path = join(folder, name);
      await writeFile(path, text);
      return path;
    },
  };
}

export function range(count: number, line: (i: number) => string): string[] {
  return Array.from({ length: count }, (_, i) => line(i));
}
