import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Of } from './install.ts';

/** What Maven brought must be, file for file, what was pinned: no jar more, none less, none other. */
export async function checkJars(folder: string, pins: string): Promise<void> {
  const pairs = (await readFile(pins, 'utf8')).trim().split('\n');
  const expected = new Map(pairs.map((pair) => pair.split(/ +/).reverse() as [string, string]));
  const found = await readdir(folder);
  for (const jar of new Set([...expected.keys(), ...found])) {
    const hash = found.includes(jar) ? await sha256Of(join(folder, jar)) : 'nothing';
    const pin = expected.get(jar) ?? 'nothing';
    if (hash !== pin) throw new Error(`${jar}: expected SHA-256 ${pin}, found ${hash}`);
  }
}
