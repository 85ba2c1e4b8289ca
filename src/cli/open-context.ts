import type { Effects } from '../base/effects.ts';
import type { LoadedConfig } from '../pipeline/config/config.ts';
import type { Engine } from '../pipeline/engine/bind.ts';
import { homeAt, homeDirectory, type OpenHome } from '../pipeline/engine/home.ts';
import { type Audited, type AuditedCall, audited } from './audited.ts';
import type { CommandSpec } from './command.ts';
import type { Context } from './context.ts';
import type { Host } from './host.ts';
import type { Output } from './output.ts';
import { profileNamed } from './profile-named.ts';
import { startProgress } from './progress.ts';
import { typeable } from './typeable.ts';

/** The options that every command takes. */
export interface GlobalOptions {
  readonly home?: string;
  readonly profile?: string;
  readonly json?: boolean;
  readonly color?: boolean;
}

/** The context of one call. */
export function openContext(
  options: GlobalOptions,
  commands: readonly CommandSpec[],
  host: Host,
  call: AuditedCall,
): {
  readonly context: Context;
  /** Ends whatever the command opened, and writes down how it ended; the failure's code, where it failed. */
  readonly close: (exitCode: number, error: string | undefined) => Promise<void>;
} {
  const json = options.json === true;
  const output = host.output(options.color !== false);
  const effects = host.effects(warningLogger(output, json, host.calledAs(host.workingDirectory)));
  const { workingDirectory, signal } = host;
  const home = homeDirectory(options.home, workingDirectory, effects);
  const audit = audited(call, effects);
  let config: Promise<LoadedConfig> | undefined;
  let engine: Promise<Engine> | undefined;
  const loadConfig = (): Promise<LoadedConfig> => {
    config ??= import('../pipeline/config/config.ts').then((module) => module.loadConfig(workingDirectory));
    return config;
  };
  const context: Context = {
    commands,
    json,
    home,
    profileName: options.profile ?? 'embedded',
    workingDirectory,
    host,
    output,
    signal,
    effects,
    config: loadConfig,
    engine: () => {
      engine ??= bind(loadConfig(), context.profileName, home, audit, effects);
      return engine;
    },
    progress: () => startProgress(output, json, () => effects.clock.monotonicMs()),
  };
  const close = async (exitCode: number, error: string | undefined): Promise<void> => {
    // An engine that did not open has failed already, and has nothing to close.
    const opened = await engine?.catch(() => undefined);
    try {
      await opened?.close();
    } finally {
      audit.end(exitCode, error);
    }
  };
  return { context, close };
}

async function bind(
  config: Promise<LoadedConfig>,
  profileName: string,
  home: string,
  audit: Audited,
  effects: Effects,
): Promise<Engine> {
  const loaded = await config;
  const { pipelines, files } = loaded;
  const { openEngine } = await import('../pipeline/engine/bind.ts');
  const { assertConditions } = await import('../pipeline/validate/conditions.ts');
  await assertConditions(pipelines, files, homeAt(home).cache, effects);
  // What is only read is read by many, and nothing can be written there.
  const onOpen = ({ root, access }: OpenHome): Promise<void> =>
    access === 'write' ? audit.begin(root, pipelines) : Promise.resolve();
  const profile = await profileNamed(profileName, loaded, home, effects);
  return openEngine({ pipelines, profile, home, onOpen }, effects);
}

/** What an engine room has to say to the one who watches: warnings alone. A program that reads JSON gets each as a line of it. */
function warningLogger(output: Output, json: boolean, calledAs: string): Effects['log'] {
  return {
    log: (level, message) => {
      if (level !== 'warn') return;
      const said = typeable(message, calledAs);
      output.err(
        json ? `${JSON.stringify({ warning: { message: said } })}\n` : `${output.errStyle.yellow('!')} ${said}\n`,
      );
    },
  };
}
