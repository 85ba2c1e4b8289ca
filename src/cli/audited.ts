import { hostname, userInfo } from 'node:os';
import type { Effects } from '../base/effects.ts';
import type { AuditLog } from '../govern/audit-log.ts';
import type { TypedWord } from '../govern/redact.ts';
import type { CommandSpec } from './command.ts';
import { globalOptions } from './help.ts';

/** The call as the audit log is told of it. */
export interface AuditedCall {
  readonly spec: CommandSpec;
  readonly version: string;
  readonly positional: readonly (string | undefined)[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** A call that is written down once it opens a home that can be written, and again when it ends. */
export interface Audited {
  /** Called with the home before anything in it is read or written. */
  begin(home: string): Promise<void>;
  end(exitCode: number, error: string | undefined): void;
}

export function audited(call: AuditedCall, effects: Effects): Audited {
  let log: AuditLog | undefined;
  let sequence = 0;
  return {
    begin: async (home) => {
      const [{ openAuditLog }, { homeSecret }, { redactedArguments }] = await Promise.all([
        import('../govern/audit-log.ts'),
        import('../govern/home-secret.ts'),
        import('../govern/redact.ts'),
      ]);
      const words = typedWords(call);
      const secret = await homeSecret(home, effects);
      log = openAuditLog(home, effects);
      sequence = log.append({
        event: 'begin',
        user: userInfo().username,
        host: hostname(),
        pid: process.pid,
        version: call.version,
        command: call.spec.name,
        arguments: redactedArguments(words, secret),
        addresses: addressesOf(call),
      });
    },
    end: (exitCode, error) => {
      if (log === undefined) return;
      try {
        const outcome = exitCode === 0 ? 'succeeded' : 'failed';
        log.append({ event: 'end', of: sequence, outcome, exitCode, ...(error === undefined ? {} : { error }) });
      } finally {
        log.close();
        log = undefined;
      }
    },
  };
}

/** The first argument of a command that takes addresses. */
function addressesOf({ spec, positional }: AuditedCall): readonly string[] {
  const [first] = positional;
  return spec.completes === undefined || first === undefined ? [] : [first];
}

function typedWords({ spec, positional, options }: AuditedCall): readonly TypedWord[] {
  const names = [...(spec.arguments ?? '').matchAll(/[<[]([\w-]+)(?:\.\.\.)?[\]>]/g)].map((match) => match[1] ?? '');
  const own = positional.flatMap((value, at): TypedWord[] =>
    value === undefined ? [] : [{ placeholder: names[Math.min(at, names.length - 1)] ?? '', value }],
  );
  const named = [...(spec.options ?? []), ...globalOptions].flatMap(([flags]): TypedWord[] => {
    const option = /--([\w-]+)/.exec(flags)?.[1] ?? '';
    const placeholder = /[<[]([\w-]+)(?:\.\.\.)?[\]>]/.exec(flags)?.[1] ?? '';
    const value = options[option.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
    if (value === undefined || value === false || option.startsWith('no-')) return [];
    const values = Array.isArray(value) ? value.map(String) : [value === true ? '' : String(value)];
    return values.map((each) => ({ option: `--${option}`, placeholder, value: each }));
  });
  return [...own, ...named];
}
