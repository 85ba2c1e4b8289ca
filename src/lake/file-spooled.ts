import { openEnvelope } from '../base/envelope.ts';
import { readEnvelope } from '../base/sealed-file.ts';
import { getObject } from './file-read.ts';
import { pathInside, type StoreFolder } from './file-state.ts';
import { missing } from './object-condition.ts';
import type { ObjectInfo } from './object-store.ts';
import type { PlainSpool } from './plain-spool.ts';

/** The decrypted copy of a sealed object. PH_KEY_MISSING without a spool: then no key was given. */
export async function spooledFile(
  store: StoreFolder,
  spool: PlainSpool | undefined,
  { key, etag, sizeBytes }: ObjectInfo,
): Promise<string> {
  if (spool === undefined) return refuse(store, key);
  return spool.file(key, etag, sizeBytes, async () => (await getObject(store, key, { ifMatch: etag })).body);
}

async function refuse(store: StoreFolder, key: string): Promise<never> {
  const handle = await store.effects.fs.open(pathInside(store, key), 'r');
  try {
    const head = await readEnvelope(handle);
    if (head !== undefined) openEnvelope(head, undefined, key);
  } finally {
    await handle.close();
  }
  throw missing(key);
}
