import { hostname, userInfo } from 'node:os';
import type { Effects } from '../base/effects.ts';
import { isPlayheadError } from '../base/errors.ts';
import type { AuditLog } from '../govern/audit-log.ts';
import type { TypedWord } from '../govern/redact.ts';
import { storageError } from '../lake/storage-error.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
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
  begin(home: string, pipelines: readonly PipelineDefinition[]): Promise<void>;
  end(exitCode: number, error: string | undefined): void;
}

export function audited(call: AuditedCall, effects: Effects): Audited {
  let log: AuditLog | undefined;
  let sequence = 0;
  /** A full disk must not keep anybody from making room: such a call goes on unwritten, and says so. */
  const withoutRoom = (error: unknown): void => {
    if (!isPlayheadError(storageError(error, 'writing the audit log'), 'PH_STORAGE_FULL')) throw error;
    effects.log.log('warn', 'No room is left on the disk: this call is not in the audit log.');
    log?.close();
    log = undefined;
  };
  return {
    begin: async (home, pipelines) => {
      const [{ openAuditLog }, { homeSecret }, { redactedArguments }] = await Promise.all([
        import('../govern/audit-log.ts'),
        import('../govern/home-secret.ts'),
        import('../govern/redact.ts'),
      ]);
      const words = typedWords(call);
      try {
        const secret = await homeSecret(home, effects);
        log = openAuditLog(home, effects);
        const addresses = await addressesOf(call, pipelines);
        sequence = log.append({
          event: 'begin',
          user: userInfo().username,
          host: hostname(),
          pid: process.pid,
          version: call.version,
          command: call.spec.name,
          arguments: redactedArguments(words, secret),
          addresses,
        });
      } catch (error) {
        withoutRoom(error);
      }
    },
    end: (exitCode, error) => {
      if (log === undefined) return;
      try {
        const outcome = exitCode === 0 ? 'succeeded' : 'failed';
        log.append({ event: 'end', of: sequence, outcome, exitCode, ...(error === undefined ? {} : { error }) });
        log.close();
        log = undefined;
      } catch (failure) {
        withoutRoom(failure);
      }
    },
  };
}

/** What the command's first argument names, or everything that it could where that was left out. */
async function addressesOf(
  { spec, positional }: AuditedCall,
  pipelines: readonly PipelineDefinition[],
): Promise<readonly string[]> {
  const { addressed, resolveAddress } = await import('../pipeline/address.ts');
  const [first] = positional;
  const { completes = [] } = spec;
  const kinds = completes.filter((kind) => kind !== 'pipeline');
  const named = pipelines.map(({ name }) => name);
  if (first === undefined)
    return completes.includes('pipeline')
      ? named
      : kinds.flatMap((kind) => addressed(pipelines, kind)).map(({ address }) => address);
  if (completes.includes('pipeline') && named.includes(first)) return [first];
  try {
    return kinds.length === 0 ? [] : [resolveAddress(pipelines, first, kinds).address];
  } catch (error) {
    // The command refuses it, with the names that it could be.
    if (isPlayheadError(error)) return [];
    throw error;
  }
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
