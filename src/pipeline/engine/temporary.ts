import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { isDead, thisProcess } from '../../commit/holder.ts';
import type { Home, OpenHome } from './home.ts';

/** A spool of this process alone; those of dead processes go. Where the home can't be written, it is the machine's. */
export async function makeTemporary(home: OpenHome, effects: Effects): Promise<string> {
  const name = `spool-${process.pid}-${effects.random.uint32().toString(36)}`;
  const own = home.access === 'write' ? join(home.temporary, name) : join(tmpdir(), `playhead-${name}`);
  if (home.access === 'write') await sweepTemporary(home, effects);
  await effects.fs.mkdir(own, { mode: 0o700 });
  return own;
}

/** Removes the spools of dead processes. */
export async function sweepTemporary(home: Home, effects: Effects): Promise<void> {
  await effects.fs.mkdir(home.temporary, { recursive: true });
  const { machine } = await thisProcess('spool', effects);
  for (const name of await effects.fs.readdir(home.temporary)) {
    const pid = /^spool-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && (await isDead({ name, machine, pid: Number(pid) }, effects)))
      await effects.fs.rm(join(home.temporary, name), { recursive: true, force: true });
  }
}
