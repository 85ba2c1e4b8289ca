import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Effects, type ManualClock, manualClock, testEffects } from '../../src/base/effects.ts';
import type { Host } from '../../src/cli/host.ts';
import { untilAborted } from '../../src/cli/input.ts';
import type { Output, Style } from '../../src/cli/output.ts';
import { runProgram } from '../../src/cli/program.ts';

export interface Answer {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Calls of the command line within this process, in one folder: no terminal (but where input is `typed`), no colours, a clock that stands still. */
export interface Terminal {
  readonly clock: ManualClock;
  run(
    words: readonly string[],
    settings?: {
      input?: string | Readable;
      signal?: AbortSignal;
      onErr?: (text: string) => void;
      columns?: number;
      typed?: boolean;
    },
  ): Promise<Answer>;
  /** The JSON that the call prints; fails where it fails. */
  json<T>(words: readonly string[], settings?: { input?: string }): Promise<T>;
}

const unpainted = (text: string): string => text;
const style: Style = {
  bold: unpainted,
  dim: unpainted,
  red: unpainted,
  green: unpainted,
  yellow: unpainted,
  cyan: unpainted,
};

/** Begins a folder's home, in which nothing has happened. */
export function beginHome(folder: string): void {
  mkdirSync(join(folder, '.playhead'), { recursive: true });
  writeFileSync(join(folder, '.playhead/layout.json'), '{"layout":1}\n');
}

export function openTerminal(workingDirectory: string, env: Effects['env'] = {}): Terminal {
  const clock = manualClock(Date.UTC(2025, 7, 11, 12));
  const run: Terminal['run'] = async (words, settings = {}) => {
    const { input = '', signal = new AbortController().signal, onErr = () => {} } = settings;
    const { columns = Number.POSITIVE_INFINITY, typed = false } = settings;
    let [out, err] = ['', ''];
    const write = async (piece: string | Uint8Array): Promise<void> => {
      out += typeof piece === 'string' ? piece : Buffer.from(piece).toString();
    };
    const output: Output = {
      out: write,
      sink: { write, close: async () => {} },
      err: (text) => {
        err += text;
        onErr(text);
      },
      draw: () => {},
      style,
      errStyle: style,
      live: false,
      columns,
    };
    const host: Host = {
      version: '1.2.3',
      calledAs: () => 'playhead',
      workingDirectory,
      signal,
      input: untilAborted(typeof input === 'string' ? Readable.from([Buffer.from(input)]) : input, signal),
      inputIsTerminal: typed,
      output: () => output,
      effects: (log): Effects => testEffects({ clock, log, env }),
    };
    return { exitCode: await runProgram(words, host), out, err };
  };
  return {
    clock,
    run,
    json: async <T>(words: readonly string[], settings?: { input?: string }) => {
      const answer = await run([...words, '--json'], settings);
      if (answer.exitCode !== 0) throw new Error(`exit ${answer.exitCode}: ${answer.err}`);
      // What a command prints with --json is the test's to know.
      return JSON.parse(answer.out) as T;
    },
  };
}
