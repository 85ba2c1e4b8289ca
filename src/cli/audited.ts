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
  let isThere = (): boolean => true;
  /** A full disk must not keep anybody from making room: such a call goes on unwritten, and says so. */
  const withoutRoom = (error: unknown): void => {
    if (!isPlayheadError(storageError(error, 'writing the audit log'), 'PH_STORAGE_FULL')) throw error;
    effects.log.log('warn', 'No room is left on the disk: this call is not in the audit log.');
    log?.close();
    log = undefined;
  };
  return {
    begin: async (home, pipelines) => {
      const [{ auditFile, openAuditLog }, { homeSecret }, { redactedArguments }] = await Promise.all([
        import('../govern/audit-log.ts'),
        import('../govern/home-secret.ts'),
        import('../govern/redact.ts'),
      ]);
      const words = typedWords(call);
      try {
        const secret = await homeSecret(home, effects);
        log = openAuditLog(home, effects);
        isThere = () => effects.fs.lstatSync(auditFile(home), { throwIfNoEntry: false }) !== undefined;
        const addresses = await addressesOf(call, pipelines);
        sequence = log.append({
          event: 'begin',
          user: userInfo().username,
          host: hostname(),
          pid: process.pid,
          version: call.version,
          command: call.spec.name,
          arguments: redactedArguments(words, secret, await knownNames(pipelines)),
          addresses,
        });
      } catch (error) {
        withoutRoom(error);
      }
    },
    end: (exitCode, error) => {
      if (log === undefined) return;
      // Where the command removed the home, its log is gone with it.
      if (!isThere()) return log.close();
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

/** Names of tables and of what they hold, in lower case. */
async function knownNames(pipelines: readonly PipelineDefinition[]): Promise<ReadonlySet<string>> {
  const { addressed } = await import('../pipeline/graph/address.ts');
  const names = [
    ...addressed(pipelines, 'table').flatMap(({ definition: { database, name, record, partitions } }) => {
      return [database, name, `${name}_quarantine`, ...Object.keys(record.fields), ...Object.keys(partitions)];
    }),
    ...addressed(pipelines, 'stream').flatMap(({ definition: { record } }) => Object.keys(record.fields)),
    ...['reason', 'source', 'row', 'text'],
  ];
  return new Set(names.map((name) => name.toLowerCase()));
}

/** What the command's arguments name, or everything that they could where that was left out; of an action, what stands behind it. */
async function addressesOf(
  { spec, positional }: AuditedCall,
  pipelines: readonly PipelineDefinition[],
): Promise<readonly string[]> {
  const { addressed, resolveAddress } = await import('../pipeline/graph/address.ts');
  const named = argumentNames(spec)[0] === 'action' ? positional[1] : positional[0];
  const { completes = [] } = spec;
  const kinds = completes.filter((kind) => kind !== 'pipeline');
  const names = pipelines.map(({ name }) => name);
  if (named === undefined)
    return completes.includes('pipeline')
      ? names
      : kinds.flatMap((kind) => addressed(pipelines, kind)).map(({ address }) => address);
  if (completes.includes('pipeline') && names.includes(named)) return [named];
  try {
    return kinds.length === 0 ? [] : [resolveAddress(pipelines, named, kinds).address];
  } catch (error) {
    // The command refuses it, with the names that it could be.
    if (isPlayheadError(error)) return [];
    throw error;
  }
}

function argumentNames({ arguments: notation = '' }: CommandSpec): readonly string[] {
  return [...notation.matchAll(/[<[]([\w-]+)(?:\.\.\.)?[\]>]/g)].map((match) => match[1] ?? '');
}

function typedWords({ spec, positional, options }: AuditedCall): readonly TypedWord[] {
  const names = argumentNames(spec);
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
