import type { Effects } from '../base/effects.ts';
import type { LoadedConfig } from '../pipeline/config/config.ts';
import type { Engine } from '../pipeline/engine/bind.ts';
import type { CommandDescription } from './command-description.ts';
import type { Host } from './host.ts';
import type { Output } from './output.ts';
import type { Progress } from './progress.ts';

/** What every command works with. Nothing is loaded or opened before it is asked for. */
export interface Context {
  /** All commands: what completion completes. */
  readonly commands: readonly CommandDescription[];
  readonly json: boolean;
  readonly home: string;
  readonly profileName: string;
  readonly workingDirectory: string;
  readonly host: Host;
  readonly output: Output;
  /** Aborts on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  readonly effects: Effects;
  config(): Promise<LoadedConfig>;
  /** The definitions bound to the profile's backends; closed when the command has ended. */
  engine(): Promise<Engine>;
  progress(): Progress;
}
