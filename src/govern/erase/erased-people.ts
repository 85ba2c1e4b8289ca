import { join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import { secretBytes } from '../../base/random.ts';
import { storageError, systemCode } from '../../lake/storage-error.ts';
import type { FindErasedIds } from '../../stream/erased-ids.ts';
import { homeFiles } from '../home-files.ts';
import { homeSecret, keyedHash } from '../home-secret.ts';
import { type ErasedPerson, erasedIds } from './erased-ids.ts';
import type { Person } from './person.ts';

interface ErasedPeople {
  readonly format: 1;
  /** Hash of nothing: tells whether the home's secret is still the one that the others were made with. */
  readonly check: string;
  readonly people: readonly ErasedPerson[];
}

/**
 * Remembers that a person was erased, by a keyed hash, so that what is sent of them from now on is no longer taken. To be
 * called before the first place is erased, by one process at a time; remembers nobody twice.
 */
export async function rememberErased(home: string, person: Person, effects: Effects): Promise<void> {
  const { secret, people } = await remembered(home, effects);
  const erased = hashed(person, secret);
  if (people.some(({ hash }) => hash === erased.hash)) return;
  await writePeople(home, secret, [...people, erased], effects);
}

/** Takes records of a person again from now on. False where they were not erased here. */
export async function forgetErased(home: string, person: Person, effects: Effects): Promise<boolean> {
  const { secret, people } = await remembered(home, effects);
  const { hash } = hashed(person, secret);
  const others = people.filter((each) => each.hash !== hash);
  if (others.length < people.length) await writePeople(home, secret, others, effects);
  return others.length < people.length;
}

/** Whether a person was erased here, and their records are not taken since. */
export async function isErased(home: string, person: Person, effects: Effects): Promise<boolean> {
  if (effects.fs.lstatSync(join(home, homeFiles.erased), { throwIfNoEntry: false }) === undefined) return false;
  const { secret, people } = await remembered(home, effects);
  const { hash } = hashed(person, secret);
  return people.some((each) => each.hash === hash);
}

/** Who is erased now. Reads the list where it changed; asks the file system once where it did not, or is not there. */
export function findErasedIds(home: string, effects: Effects): FindErasedIds {
  const file = join(home, homeFiles.erased);
  let seen: string | undefined;
  let ids: Awaited<ReturnType<FindErasedIds>>;
  return async () => {
    const stat = effects.fs.lstatSync(file, { bigint: true, throwIfNoEntry: false });
    const version = stat === undefined ? undefined : `${stat.ino} ${stat.size} ${stat.mtimeNs}`;
    if (version === seen) return ids;
    const { secret, people } = await remembered(home, effects);
    ids = people.length === 0 ? undefined : erasedIds(people, (field, value) => keyedHash(secret, `${field}=${value}`));
    seen = version;
    return ids;
  };
}

async function remembered(
  home: string,
  effects: Effects,
): Promise<{ readonly secret: Uint8Array; readonly people: readonly ErasedPerson[] }> {
  const secret = await homeSecret(home, effects);
  return { secret, people: (await readPeople(home, secret, effects))?.people ?? [] };
}

function hashed({ field, value }: Person, secret: Uint8Array): ErasedPerson {
  const name = field.toLowerCase();
  return { field: name, hash: keyedHash(secret, `${name}=${value}`) };
}

async function readPeople(home: string, secret: Uint8Array, { fs }: Effects): Promise<ErasedPeople | undefined> {
  const file = join(home, homeFiles.erased);
  const text = await fs.readFile(file, 'utf8').catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw storageError(cause, `reading ${file}`);
  });
  if (text === undefined) return undefined;
  const read = parsedPeople(text);
  if (read?.check === keyedHash(secret, '')) return read;
  const what = read === undefined ? 'is damaged' : 'was made with another hash.key than the one beside it';
  throw new PlayheadError('PH_STATE_CORRUPT', `${file} ${what}: it no longer says whose records are not taken`, {
    hint: `Put ${homeFiles.erased} and hash.key back from one backup; or delete ${homeFiles.erased} and erase everyone again whom the certificates name.`,
  });
}

function parsedPeople(text: string): ErasedPeople | undefined {
  try {
    const read = JSON.parse(text) as Partial<ErasedPeople>; // checked below
    const isWhole = read.format === 1 && typeof read.check === 'string' && Array.isArray(read.people);
    return isWhole ? (read as ErasedPeople) : undefined;
  } catch {
    return undefined;
  }
}

/** Whole or not at all. */
async function writePeople(
  home: string,
  secret: Uint8Array,
  people: readonly ErasedPerson[],
  { fs }: Effects,
): Promise<void> {
  const file = join(home, homeFiles.erased);
  const aside = `${file}.${Buffer.from(secretBytes(6)).toString('hex')}.tmp`;
  const written: ErasedPeople = { format: 1, check: keyedHash(secret, ''), people };
  try {
    await fs.writeFile(aside, `${JSON.stringify(written)}\n`, { mode: 0o600, flush: true });
    await fs.rename(aside, file);
  } catch (cause) {
    throw storageError(cause, `writing ${file}`);
  }
}
