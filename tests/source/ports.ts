import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Effects, testEffects } from '../../src/base/effects.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { type Duck, openDuck } from '../../src/duck/duck.ts';
import { openFileStore } from '../../src/lake/file.ts';
import type { ObjectStore } from '../../src/lake/object-store.ts';
import { openEmbeddedStream } from '../../src/stream/embedded/open.ts';
import type { Stream } from '../../src/stream/stream.ts';

/** The ports that sources work through, in a folder of their own that goes with them. */
export interface Ports extends AsyncDisposable {
  readonly store: ObjectStore;
  readonly catalog: Catalog;
  readonly duck: Duck;
  readonly stream: Stream;
}

export async function openPorts(effects: Effects = testEffects()): Promise<Ports> {
  const home = await mkdtemp(join(tmpdir(), 'playhead-source-'));
  const temporaryDirectory = join(home, 'tmp');
  await mkdir(temporaryDirectory);
  const store = await openFileStore(join(home, 'lake'), effects);
  const catalog = await openSqliteCatalog(join(home, 'catalog.sqlite'), effects);
  const duck = await openDuck({ memoryBytes: 256 * 1024 ** 2, threads: 1, temporaryDirectory });
  const stream = await openEmbeddedStream(join(home, 'log'), effects);
  return {
    store,
    catalog,
    duck,
    stream,
    [Symbol.asyncDispose]: async () => {
      await stream.close();
      await duck.close();
      await catalog.close();
      await store.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
