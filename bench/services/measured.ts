import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Program } from '../../services/service.ts';

/** What a program took, with all that it started. */
export interface Taken {
  readonly wallS: number;
  readonly cpuS: number;
  /** Resident, of its largest process. */
  readonly peakBytes: number;
  readonly output: string;
}

/**
 * Runs a program under GNU time, which asks the system for what the process and its children took. Fails where the program
 * does, with what it said.
 */
export async function measured({ file, args, cwd, env }: Program, scratch: string): Promise<Taken> {
  const report = join(scratch, 'time');
  const child = spawn('time', ['--format', '%e %U %S %M', '--output', report, file, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, complaint] = ['', ''];
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes;
  });
  child.stderr.on('data', (bytes: Buffer) => {
    complaint = `${complaint}${bytes}`.slice(-4000);
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${file} ${args[0] ?? ''} ended with ${code}:\n${complaint}`);
  const [wallS = 0, userS = 0, systemS = 0, peakKib = 0] = (await readFile(report, 'utf8')).split(' ').map(Number);
  return { wallS, cpuS: userS + systemS, peakBytes: peakKib * 1024, output };
}
