import type { Program } from './service.ts';

/** A program that on Linux ends with the process that starts it, however that one ends. */
export function bound<P extends Program>(program: P): P {
  if (process.platform !== 'linux') return program;
  return { ...program, file: 'setpriv', args: ['--pdeathsig', 'KILL', '--', program.file, ...program.args] };
}
