import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join, relative } from 'node:path';
import { shellWord } from '../base/shell-word.ts';
import type { Host } from './host.ts';
import { untilAborted } from './input.ts';
import { processOutput } from './output.ts';

/** Runs this process as one call of the command line, in a checkout and in the published package. */
export async function runProcess(effects: Host['effects']): Promise<void> {
  enableCompileCache?.();
  const version = packageVersion();
  const refusal = unsuitable();
  if (refusal !== undefined) {
    process.stderr.write(refusal);
    process.exitCode = 5;
    return;
  }
  silenceExperimental();
  const { runProgram } = await import('./program.ts');
  process.exitCode = await runProgram(process.argv.slice(2), processHost(version, interruptSignal(), effects));
}

function processHost(version: string, signal: AbortSignal, effects: Host['effects']): Host {
  return {
    version,
    calledAs,
    workingDirectory: process.cwd(),
    signal,
    // Asked for late: merely touching it keeps a process alive that was given a pipe.
    get input() {
      return untilAborted(process.stdin, signal);
    },
    get inputIsTerminal() {
      return process.stdin.isTTY === true;
    },
    output: (colour) => processOutput(colour, process.env),
    effects,
  };
}

/** From source it is the checkout's launcher, which is on nobody's path. */
function calledAs(directory: string): string {
  // npm sets this for `npx playhead`: then the command is on no path of the user's.
  if (!import.meta.filename.endsWith('.ts')) return process.env['npm_command'] === 'exec' ? 'npx playhead' : 'playhead';
  const checkout = join(import.meta.dirname, '..', '..');
  const up = relative(directory, checkout);
  const isWithin = up === '' || /^\.\.(\/\.\.)*$/.test(up);
  return shellWord(isWithin ? `${up === '' ? '.' : up}/playhead` : join(checkout, 'playhead'));
}

/** Why Playhead cannot run here, and what to do; undefined where it can. */
function unsuitable(): string | undefined {
  if (process.platform === 'win32') {
    return '✗ Playhead runs on Linux and macOS\n  → On Windows, run it under WSL.\n  PH_DEPENDENCY_MISSING\n';
  }
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major >= 24) return undefined;
  return `✗ Playhead needs Node 24 or newer; this is ${process.versions.node}\n  → In a checkout, run ./playhead: it finds or installs one.\n  PH_NODE_TOO_OLD\n`;
}

/** The first SIGINT or SIGTERM asks the command to end cleanly; a second one ends it at once. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
    });
  }
  return controller.signal;
}

/** `node:sqlite` works but announces itself on every start; other warnings stay. */
function silenceExperimental(): void {
  const listeners = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') for (const listener of listeners) listener(warning);
  });
}

/** package.json stands two folders up from the sources, three from the compiled code. */
function packageVersion(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const { version } = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as { version?: unknown };
      if (typeof version === 'string') return version;
    } catch {
      // Not there: the other place.
    }
  }
  return '0.0.0';
}
