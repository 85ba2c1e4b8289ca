import { basename, dirname, join, relative } from 'node:path';
import { copySqlite } from '../../base/copy-sqlite.ts';
import { fileParts } from '../../base/file-parts.ts';
import { auditedBytes } from '../../govern/audit-log.ts';
import { filesUnder } from '../../govern/erase/search-home.ts';
import { homeFiles } from '../../govern/home-files.ts';
import { storeFolder } from '../../lake/object-key.ts';
import { storageError } from '../../lake/storage-error.ts';
import { type Exporting, take } from './exporting.ts';
import { contentOf } from './write-copy.ts';

/** Folders of a home that are copied elsewhere, or can be made again, or are of the processes that work now. */
const apart = ['lake', 'log', 'cache', 'tmp'];

/** What stands beside a SQLite file, and files on their way to their name. */
const isPassing = (name: string): boolean => /\.sqlite-(wal|shm|journal)$|\.tmp$/.test(name);

/**
 * When a file of a home's state is copied. `before` the commits: a catalog that knows less than they say takes the rest in from
 * them, and one that knows more would name objects that are not there. `after` the log: who repeats a request to a gateway, or
 * sends records of someone who was erased, must be known by what the log took.
 */
export type StateTurn = 'before' | 'after';

/** Copies every file of the home that is not data, whatever it is: one that this code does not know would be missed. */
export async function copyState(exporting: Exporting, turn: StateTurn, round: number): Promise<void> {
  const { home, effects } = exporting.engine;
  const afterTheLog: readonly string[] = [
    basename(home.gatewayFile),
    homeFiles.auditHead,
    homeFiles.audit,
    homeFiles.erased,
  ];
  const entries = await effects.fs.readdir(home.root, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (apart.includes(entry.name) || isPassing(entry.name)) continue;
    if (afterTheLog.includes(entry.name) !== (turn === 'after')) continue;
    if (entry.isFile()) await takeState(exporting, entry.name, round);
    else if (entry.isDirectory())
      for await (const file of filesUnder(join(home.root, entry.name), effects))
        if (!isPassing(file)) await takeState(exporting, relative(home.root, file), round);
  }
  // Contents that objects had before, where the lake keeps versions.
  const versions = join(home.lake, storeFolder, 'versions');
  if (turn === 'before')
    for await (const file of filesUnder(versions, effects)) await takeFile(exporting, relative(home.root, file), round);
}

async function takeState(exporting: Exporting, path: string, round: number): Promise<void> {
  const { engine, folder, files } = exporting;
  if (path.endsWith('.sqlite')) return takeDatabase(exporting, path, round);
  files.forget(path);
  // The chain goes on after the copy of its head, which was taken before.
  const end = path === homeFiles.audit ? auditedBytes(folder, engine.effects) : undefined;
  await takeFile(exporting, path, round, end);
}

/** A file that is replaced as a whole, or only grows. */
async function takeFile(exporting: Exporting, path: string, round: number, end?: number): Promise<void> {
  const { engine, files } = exporting;
  const from = join(engine.home.root, path);
  const stat = engine.effects.fs.lstatSync(from, { throwIfNoEntry: false });
  if (stat === undefined) return;
  const source = {
    path,
    version: '',
    modifiedMs: stat.mtimeMs,
    mode: stat.mode & 0o7777,
    body: () => fileParts(from, engine.effects, end),
    isRight: async () => true,
  };
  await take(exporting, source, round);
  files.settle(path, round);
}

/** A database whole as it is at one moment, taken anew in each round. */
export async function takeDatabase(exporting: Exporting, path: string, round: number): Promise<void> {
  const { engine, folder, files } = exporting;
  const { fs } = engine.effects;
  const copy = join(folder, path);
  files.forget(path);
  try {
    await fs.mkdir(dirname(copy), { recursive: true });
    await fs.rm(copy, { force: true });
    await copySqlite(join(engine.home.root, path), copy);
  } catch (cause) {
    throw storageError(cause, `copying ${path}`);
  }
  await recordDatabase(exporting, path, round);
}

/** Writes down what a database of the export holds now. */
export async function recordDatabase(exporting: Exporting, path: string, round: number): Promise<void> {
  const { files, folder, engine } = exporting;
  const { fs, clock } = engine.effects;
  const handle = await fs.open(join(folder, path), 'r');
  await handle.sync().finally(() => handle.close());
  const content = await contentOf(join(folder, path), engine.effects);
  files.record({ path, version: '', modifiedMs: clock.now(), mode: 0o666, ...content });
  files.settle(path, round);
}
