import { join } from 'node:path';
import type { KeyRing } from '../../base/key-ring.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { DuckSession } from '../../duck/duck.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import type { Stream } from '../../stream/stream.ts';
import type { AnswerPages } from './answer-page.ts';
import type { DerivedJob } from './behind.ts';
import type { RecordJob } from './follow-records.ts';
import type { PersonFinder } from './person-finder.ts';
import type { Searching } from './search-file.ts';

export interface ErasePorts {
  readonly home: string;
  /** Folder of the lake, where it is one of this machine. */
  readonly lakeFolder: string;
  /** Folder of copies of a bucket's objects. */
  readonly copiesFolder: string;
  readonly store: ObjectStore;
  readonly stream: Stream;
  readonly topics: readonly string[];
  readonly jobs: readonly RecordJob[];
  readonly derivedJobs: readonly DerivedJob[];
  /** Of sources that ask an API. */
  readonly pages: readonly AnswerPages[];
  readonly catalog: Catalog;
  readonly session: DuckSession;
  readonly ring: KeyRing | undefined;
  /** A folder of this process alone. */
  readonly scratch: string;
}

export interface Erasing {
  readonly finder: PersonFinder;
  /** Keyed hash of the person: what the erasure is known by. */
  readonly id: string;
  readonly ports: ErasePorts;
  readonly onProgress: (text: string) => void;
}

/** What it takes to look into the files of the home. */
export function searchingOf({ finder, ports }: Erasing): Searching {
  const { ring, session, scratch } = ports;
  return { finder, ring, session, scratchFile: join(scratch, 'searched.parquet') };
}
