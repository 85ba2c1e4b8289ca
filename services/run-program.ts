import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Program } from './service.ts';

const exec = promisify(execFile);
const keptOutputChars = 2000;

/** Runs a program to its end; its standard output. Fails with the end of what it printed. */
export async function runProgram({ file, args, cwd, env }: Program): Promise<string> {
  try {
    const { stdout } = await exec(file, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, ...env },
      maxBuffer: 64 * 1024 ** 2,
    });
    return stdout;
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    const printed = `${stdout}${stderr}`.trim().slice(-keptOutputChars);
    throw new Error(`${file} ${args[0] ?? ''} failed:\n${printed}`, { cause });
  }
}
