import { spawn } from 'node:child_process';
import type { Effects } from '../base/effects.ts';
import { type ErrorCode, PlayheadError } from '../base/errors.ts';
import { readSecret, type SecretReference, withoutSecrets } from '../base/secret.ts';
import { seconds } from '../base/units.ts';
import { type AlarmNotification, type Notifier, notificationJson } from './notifier.ts';

export interface CommandSettings {
  readonly backend: 'command';
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly string[];
  /** Variables beside PATH, HOME, LANG and TMPDIR, whose values are secrets. */
  readonly env?: Readonly<Record<string, SecretReference>>;
  /** Default 30 s; then the program and what it started are killed. */
  readonly timeoutMs?: number;
}

/** What of a program's error output is kept, characters. */
const keptErrorOutput = 1000;

/** Runs a program for each notification, with the JSON on its standard input. Taken is what it ends with 0 for. */
export function commandNotifier(settings: CommandSettings, effects: Effects): Notifier {
  const [program = '', ...args] = settings.command;
  const destination = `command ${program}`;
  return {
    destination,
    send: async (notification, signal) => {
      const given: Record<string, string> = {};
      for (const [name, reference] of Object.entries(settings.env ?? {}))
        given[name] = await readSecret(reference, effects);
      const environment = { ...inherited(effects.env), ...variablesOf(notification), ...given };
      const ended = await runProgram(program, args, {
        environment,
        input: notificationJson(notification),
        timeoutMs: settings.timeoutMs ?? seconds(30),
        signal,
      });
      if (ended.fault === undefined) return;
      const words = [ended.fault, ended.errorOutput.trim()].filter((part) => part !== '').join(': ');
      const code: ErrorCode = signal.aborted ? 'PH_INTERRUPTED' : ended.code;
      throw new PlayheadError(code, withoutSecrets(`${destination}: ${words}`, Object.values(given)));
    },
  };
}

/** No more than a program needs to start: our own environment holds secrets that it was not given. */
function inherited(env: Effects['env']): Record<string, string> {
  const names = ['PATH', 'HOME', 'LANG', 'TMPDIR'];
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

function variablesOf(notification: AlarmNotification): Record<string, string> {
  return {
    PLAYHEAD_ALARM: notification.alarm,
    PLAYHEAD_STATE: notification.to,
    PLAYHEAD_REASON: notification.reason,
    PLAYHEAD_REHEARSAL: notification.rehearsal ? '1' : '',
    PLAYHEAD_NOTIFICATION_ID: notification.id,
  };
}

interface Ended {
  /** Why the notification was not taken; undefined where it was. */
  readonly fault?: string;
  readonly code: ErrorCode;
  readonly errorOutput: string;
}

function runProgram(
  program: string,
  args: readonly string[],
  call: {
    readonly environment: Readonly<Record<string, string>>;
    readonly input: string;
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
  },
): Promise<Ended> {
  return new Promise((resolve) => {
    // In a process group of its own, so that what it starts ends with it.
    const child = spawn(program, args, {
      env: call.environment,
      stdio: ['pipe', 'ignore', 'pipe'],
      detached: true,
    });
    let errorOutput = '';
    const over = AbortSignal.any([call.signal, AbortSignal.timeout(call.timeoutMs)]);
    const kill = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It ended by itself just now: its exit code is on the way.
      }
    };
    const end = (ended: Omit<Ended, 'errorOutput'>): void => {
      over.removeEventListener('abort', kill);
      resolve({ ...ended, errorOutput });
    };
    over.addEventListener('abort', kill);
    if (over.aborted) kill();
    child.stderr.on('data', (piece: Buffer) => {
      errorOutput = (errorOutput + piece.toString()).slice(-keptErrorOutput);
    });
    // A program that reads nothing closes its input early: its exit code says whether it took the notification.
    child.stdin.on('error', () => {});
    child.stdin.end(call.input);
    child.on('error', (error) => end({ fault: error.message, code: 'PH_NOTIFICATION_REFUSED' }));
    child.on('close', (exitCode, killedBy) => {
      if (exitCode === 0) end({ code: 'PH_NOTIFICATION_FAILED' });
      else if (over.aborted && !call.signal.aborted)
        end({ fault: `did not end within ${call.timeoutMs / 1000} s`, code: 'PH_NOTIFICATION_FAILED' });
      else end({ fault: `ended with ${exitCode ?? killedBy}`, code: 'PH_NOTIFICATION_FAILED' });
    });
  });
}
