import { join } from 'node:path';
import type { Effects } from '../../base/effects.ts';

/** Copies a folder with all that is in it: homes are laid out once, and copied for each round. */
export async function copyFolder(from: string, to: string, effects: Effects): Promise<void> {
  const { fs } = effects;
  await fs.mkdir(to, { recursive: true });
  for (const entry of await fs.readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyFolder(source, target, effects);
    else await fs.copyFile(source, target);
  }
}
