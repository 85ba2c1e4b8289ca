import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { identify } from './process-identity.ts';
import { runProgram } from './run-program.ts';
import type { Installation, Need } from './service.ts';

/** What an installation must consist of, file by file: path → SHA-256, hex. */
type Contents = Readonly<Record<string, string>>;

const contentsFile = 'contents.json';
const sayEveryMs = 5000;

/** Where installations are kept: outside of the project, shared by all checkouts. */
function cacheFolder(): string {
  const { PLAYHEAD_SERVICES_CACHE: own, XDG_CACHE_HOME: caches } = process.env;
  return own ?? join(caches ?? join(homedir(), '.cache'), 'playhead', 'services');
}

/**
 * The folder of what is installed, fetched on first use. Each use hashes what lies there: an installation that was
 * damaged or cut short is fetched again. Several processes may do so at once: one installation wins whole.
 */
export async function installed(name: string, service: Installation, say: (line: string) => void): Promise<string> {
  await requireTools(name, service.needs);
  const folder = join(cacheFolder(), `${name}-${service.version}-${await hashOfPins(service.pins)}`);
  if (await isSound(folder)) return folder;
  await rm(folder, { recursive: true, force: true });
  say(`${name}: installing ${service.version}, once, into ${folder}`);
  await sweepParts(cacheFolder());
  const part = `${folder}.${process.pid}-${randomBytes(4).toString('hex')}.part`;
  await mkdir(part, { recursive: true });
  try {
    await service.install(part, runProgram, atTimes(say, name));
    await writeFile(join(part, contentsFile), JSON.stringify(await contentsOf(part)));
    await rename(part, folder).catch(async (failure: unknown) => {
      if (!(await isSound(folder))) throw failure;
    });
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  return folder;
}

/** Says where it stands every few seconds, not at every step. */
function atTimes(say: (line: string) => void, name: string): (words: string) => void {
  let saidMs = Date.now();
  return (words) => {
    if (Date.now() - saidMs < sayEveryMs) return;
    saidMs = Date.now();
    say(`${name}: ${words}`);
  };
}

/** What a process that was killed left of an installation that it had begun. */
async function sweepParts(cache: string): Promise<void> {
  for (const name of await readdir(cache).catch(() => [])) {
    const pid = /\.(\d+)-[0-9a-f]+\.part$/.exec(name)?.[1];
    if (pid !== undefined && identify(Number(pid)) === undefined)
      await rm(join(cache, name), { recursive: true, force: true });
  }
}

/** Fails with all that is missing at once. */
async function requireTools(name: string, needs: Installation['needs']): Promise<void> {
  const missing: string[] = [];
  for (const [tool, need] of Object.entries(needs)) {
    const problem = await problemWith(tool, need);
    if (problem !== undefined) missing.push(`  ${problem}. Install ${need.install}`);
  }
  if (missing.length > 0) throw new Error(`${name} needs what this machine doesn't have:\n${missing.join('\n')}`);
}

async function problemWith(tool: string, { oldest }: Need): Promise<string | undefined> {
  if (!(await isOnPath(tool))) return `${tool} is not on the path`;
  if (oldest === undefined) return undefined;
  const said = await runProgram({ file: tool, args: oldest.ask }).catch(() => '');
  const version = /\d+/.exec(said)?.[0];
  if (version === undefined) return `${tool} ${oldest.ask.join(' ')} does not say a version`;
  return Number(version) < oldest.major ? `${tool} is too old: ${said.split('\n')[0]}` : undefined;
}

async function isOnPath(tool: string): Promise<boolean> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const found = await access(join(folder, tool), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}

async function hashOfPins(pins: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const pin of pins) hash.update(await readFile(pin)).update('\0');
  return hash.digest('hex').slice(0, 12);
}

async function isSound(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, contentsFile), 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  // Written by `installed`; what was altered since differs below.
  const expected = JSON.parse(text) as Contents;
  const found = await contentsOf(folder);
  return JSON.stringify(found) === JSON.stringify(expected);
}

async function contentsOf(folder: string): Promise<Contents> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => path !== contentsFile)
    .sort();
  const contents: Record<string, string> = {};
  for (const path of paths) contents[path] = await sha256Of(join(folder, path));
  return contents;
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
