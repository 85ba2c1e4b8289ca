import { createHash } from 'node:crypto';
import { encodeJson, readJson } from '../../commit/json-object.ts';
import { listAll, type ObjectInfo, type ObjectStore } from '../../lake/object-store.ts';
import type { FoundObject } from './find-in-object.ts';

/** Records of a job's input that an erasure takes, by what had become of them. */
export interface ErasedFate {
  /** Key of the input object. */
  readonly source: string;
  /** Number of the job's commit that decided it. */
  readonly jobCommit: number;
  readonly fate: string;
  /** Numbers of the commits that replayed them, rising. */
  readonly replays: readonly number[];
  readonly count: number;
}

/** Records of an input object that an erasure takes and no sidecar tells of: a lifecycle took the partition, its sidecar with it. */
export interface UnseenRecords {
  readonly job: string;
  /** Key of the input object, and the number of the job's commit that read it. */
  readonly source: string;
  readonly readBy: number;
  /** Of those whose quarantined row is still there. */
  readonly aside: number;
  /** Of those of which nothing is left, by how they were counted. */
  readonly written: number;
  readonly quarantined: number;
  readonly deduplicated: number;
}

/** An object that is to be written anew without some rows. */
export interface JournalEntry extends FoundObject {
  /** Of a sidecar. */
  readonly fates?: readonly ErasedFate[];
  /** Of an object that a job read. */
  readonly unseen?: readonly UnseenRecords[];
}

/** An entry that was carried out: what stands under the key now. */
export interface ReplacedObject extends JournalEntry {
  readonly now: ObjectInfo;
}

export const erasuresFolder = '_playhead/erasures/';

/** What an erasure is about to do, once all of it is written down. */
export interface SealedJournal {
  /** Tells this work from another of the same person, in commits. */
  readonly erasure: string;
  readonly entries: readonly JournalEntry[];
}

/**
 * What an erasure is about to do, written before the first object changes: whoever finishes it after a crash, or amends the
 * commits, no longer finds it out from the objects. Holds places, never what stood there. Until it is sealed it is worth
 * nothing, because nothing was changed: it is found out again.
 */
export interface Journal {
  seal(journal: SealedJournal): Promise<void>;
  /** Undefined where there is none, or one that was never sealed. */
  sealed(): Promise<SealedJournal | undefined>;
  /** Nothing is left to be done. */
  drop(): Promise<void>;
}

const sealName = 'sealed.json';

export function journalOf(store: ObjectStore, person: string): Journal {
  const folder = `${erasuresFolder}${person}/journal/`;
  const drop = async (): Promise<void> => {
    await store.delete(`${folder}${sealName}`);
    for await (const { key } of listAll(store, folder)) await store.delete(key);
  };
  return {
    seal: async ({ erasure, entries }) => {
      await drop();
      for (const entry of entries) {
        const name = createHash('sha256').update(entry.key).digest('hex').slice(0, 32);
        await store.put(`${folder}entry-${name}.json`, encodeJson(entry));
      }
      await store.put(`${folder}${sealName}`, encodeJson({ erasure }));
    },
    sealed: async () => {
      const seal = await readJson<{ erasure: string }>(store, `${folder}${sealName}`);
      if (seal === undefined) return undefined;
      const entries: JournalEntry[] = [];
      for await (const { key } of listAll(store, `${folder}entry-`)) {
        const stored = await readJson<JournalEntry>(store, key);
        if (stored !== undefined) entries.push(stored.value);
      }
      return { erasure: seal.value.erasure, entries };
    },
    drop,
  };
}

/** Journals of every person whose erasure was cut off. */
export async function unfinishedJournals(store: ObjectStore): Promise<readonly Journal[]> {
  const journals: Journal[] = [];
  for await (const { key } of listAll(store, erasuresFolder)) {
    const [, , person = ''] = key.split('/');
    if (key.endsWith(`/journal/${sealName}`)) journals.push(journalOf(store, person));
  }
  return journals;
}
