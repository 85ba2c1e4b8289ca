import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { bound } from './bound.ts';
import type { Program } from './service.ts';

const keptOutputChars = 2000;

/** Runs a program to its end; its standard output. Fails with the end of what it printed. */
export async function runProgram(program: Program, onLine: (line: string) => void = () => {}): Promise<string> {
  const { file, args } = bound(program);
  const child = spawn(file, args, {
    ...(program.cwd === undefined ? {} : { cwd: program.cwd }),
    env: { ...process.env, ...program.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [printed, output] = ['', ''];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      printed = `${printed}${line}\n`.slice(-keptOutputChars);
      if (stream === child.stdout) output += `${line}\n`;
      onLine(line);
    });
  }
  const [code, signal] = await once(child, 'close');
  if (code === 0) return output;
  throw new Error(`${program.file} ${program.args[0] ?? ''} ended with ${code ?? signal}:\n${printed.trim()}`);
}
