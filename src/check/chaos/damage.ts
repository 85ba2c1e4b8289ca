import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { FileSystem } from '../../base/effects.ts';
import { isPlayheadError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import { listAll } from '../../lake/object-store.ts';
import { accountOf } from '../../ledger/account.ts';
import { pathFigures } from '../path-figures.ts';
import { damageObject } from './damage-object.ts';
import type { Flow } from './flow.ts';
import { damagedObjects, namedObjects } from './named-objects.ts';
import type { DamagedPart, DamageKind } from './round-plan.ts';

/** A file that was damaged, and how it is put back. */
interface Damaged {
  /** As a finding has to name it. */
  readonly name: string;
  putBack(): Promise<void>;
}

/**
 * Damages one file of a home whose processes have ended, looks whether that is found and named, and puts the file back.
 * `detect` is the work that would read it, if there is any. Returns what was found, and problems; undefined where the home
 * has no such file.
 */
export async function damageAndFind(
  flow: Flow,
  { of, how }: { readonly of: DamagedPart; readonly how: DamageKind },
  work: () => Promise<void>,
  random: Random,
): Promise<{ readonly found: readonly string[]; readonly problems: readonly string[] } | undefined> {
  // The store knows every object by now: what it has never seen, it would take for an object that another put there.
  await damagedObjects(flow);
  const damaged = await damage(flow, of, how, random);
  if (damaged === undefined) return undefined;
  try {
    const found = await findings(flow, of, work);
    const isNamed = found.some((finding) => finding.includes(damaged.name));
    const problems = isNamed
      ? []
      : [`${of} ${how}: ${damaged.name} is not named, but: ${found.join('; ') || 'nothing'}`];
    return { found, problems };
  } finally {
    await damaged.putBack();
  }
}

/** What the work that reads the file says, else what the ledger says, else what reading every object says. */
async function findings(flow: Flow, of: DamagedPart, work: () => Promise<void>): Promise<readonly string[]> {
  const { engine, settings } = flow;
  const failure = async (act: () => Promise<unknown>): Promise<string[]> => {
    try {
      await act();
      return [];
    } catch (error) {
      if (!isPlayheadError(error)) throw error;
      return [`${error.code} ${error.message} ${JSON.stringify(error.details)}`];
    }
  };
  // What the work would replace on its way, it may not touch now: the file is to be put back.
  if (of === 'log' || of === 'landing') return failure(work);
  const pipeline = settings.pipelines.find(({ name }) => name === settings.pipeline);
  const found: string[] = [];
  found.push(
    ...(await failure(async () => {
      const paths = pipeline === undefined ? [] : await pathFigures(engine, pipeline);
      found.push(...paths.flatMap((path) => accountOf(path).problems));
    })),
  );
  found.push(...(await failure(async () => found.push(...(await damagedObjects(flow))))));
  return found;
}

async function damage(flow: Flow, of: DamagedPart, how: DamageKind, random: Random): Promise<Damaged | undefined> {
  const files = await filesOf(flow, of);
  const file = files[random.uint32() % Math.max(1, files.length)];
  if (file === undefined) return undefined;
  const { engine } = flow;
  const { fs } = engine.effects;
  const lake = await engine.lake();
  if (of !== 'log' && !lake.capabilities.localFiles)
    return { name: file.name, putBack: await damageObject(lake, file.name, how, random) };
  await fs.mkdir(engine.home.temporary, { recursive: true });
  const aside = join(engine.home.temporary, 'whole');
  if (how === 'gone') {
    // It comes back as the same file: a process that has it open goes on with it.
    await fs.rename(file.path, aside);
    return { name: file.name, putBack: () => fs.rename(aside, file.path) };
  }
  await copyWithTimes('cp', ['-p', file.path, aside]);
  await damagers[how](file.path, aside, random, fs);
  return {
    name: file.name,
    putBack: async () => {
      // Into the file that is there, for the same reason.
      await copyWithTimes('cp', ['-p', aside, file.path]);
      await fs.unlink(aside);
    },
  };
}

const damagers: Readonly<
  Record<Exclude<DamageKind, 'gone'>, (path: string, whole: string, random: Random, fs: FileSystem) => Promise<void>>
> = {
  /** One bit of the disk, which leaves size and times as they were. */
  flip: async (path, whole, random, fs) => {
    const file = await fs.open(path, 'r+');
    try {
      const { size } = await file.stat();
      // Past the first bytes: the header of a segment belongs to no record.
      const at = Math.min(size - 1, 16 + (random.uint32() % Math.max(1, size - 16)));
      const byte = Buffer.alloc(1);
      await file.read(byte, 0, 1, at);
      byte[0] = (byte[0] ?? 0) ^ (1 << (random.uint32() % 8));
      await file.write(byte, 0, 1, at);
    } finally {
      await file.close();
    }
    await copyWithTimes('touch', ['-r', whole, path]);
  },
  cut: async (path, _, random, fs) => {
    const { size } = await fs.stat(path);
    await fs.truncate(path, Math.floor(size / 2 + (random.float() * size) / 4));
  },
};

const execute = promisify(execFile);

/** By the system's own tools, which keep times to the nanosecond, as a disk does that forgets a bit. */
async function copyWithTimes(tool: 'cp' | 'touch', words: readonly string[]): Promise<void> {
  await execute(tool, [...words]);
}

/** A segment without records is smaller. */
const emptySegmentBytes = 1024;

async function filesOf(flow: Flow, of: DamagedPart): Promise<readonly { path: string; name: string }[]> {
  const { engine } = flow;
  const { lake, log } = engine.home;
  if (of === 'log') {
    const names = await engine.effects.fs.readdir(log, { recursive: true });
    for (const name of names
      .filter((each) => each.endsWith('.segment'))
      .sort()
      .reverse()) {
      const path = join(log, name);
      // The last one with records has what is not delivered yet; one whose records all were there before has none.
      if ((await engine.effects.fs.stat(path)).size > emptySegmentBytes) return [{ path, name }];
    }
    return [];
  }
  const keys: string[] = [];
  if (of === 'commit')
    for await (const { key } of listAll(await engine.lake(), '_playhead/series/'))
      if (key.includes(`/${flow.settings.pipeline}.`) && key.includes('/commit/')) keys.push(key);
  for (const { part, key } of await namedObjects(flow)) if (part === of) keys.push(key);
  // What came last is what the next work reads.
  const latest = of === 'landing' ? keys.slice(-1) : keys;
  return latest.map((key) => ({ path: join(lake, key), name: key }));
}
