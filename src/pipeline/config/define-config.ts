import type { PipelineDefinition } from '../definition.ts';

/** What `playhead.config.ts` exports: the pipelines of a project and its profiles. */
export interface Config {
  /** Without them, profiles are for the pipelines that are shipped with Playhead. */
  readonly pipelines?: readonly PipelineDefinition[];
  /** Name → backend for each port that differs from the embedded profile. */
  readonly profiles?: Readonly<Record<string, unknown>>;
}

/** Says what `playhead.config.ts` holds: `export const config = defineConfig({ pipelines: [orders] })`. */
export function defineConfig(config: Config): Config {
  return config;
}
