import { PlayheadError } from '../base/errors.ts';
import { type Addressed, addressed, resolveAddress } from '../pipeline/address.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import type { Kind } from '../pipeline/shapes.ts';

/** What an optional address names: that one, or all of its kind. PH_USAGE where there is none at all. */
export function targets<K extends Kind>(
  pipelines: readonly PipelineDefinition[],
  kind: K,
  address: string | undefined,
): readonly Addressed<K>[] {
  if (address !== undefined) return [resolveAddress(pipelines, address, [kind])];
  const all = addressed(pipelines, kind);
  if (all.length === 0) throw new PlayheadError('PH_USAGE', `no ${kind} is defined`, { hint: noPipelines(pipelines) });
  return all;
}

/** The pipeline of that name, or the only one. PH_USAGE lists them. */
export function pipelineNamed(pipelines: readonly PipelineDefinition[], name: string | undefined): PipelineDefinition {
  const names = pipelines.map((pipeline) => pipeline.name);
  const found = name === undefined && pipelines.length === 1 ? pipelines[0] : pipelines.find((p) => p.name === name);
  if (found !== undefined) return found;
  const message = name === undefined ? 'which pipeline?' : `no pipeline is called "${name}"`;
  const hint = names.length === 0 ? noPipelines(pipelines) : `There are: ${names.join(', ')}.`;
  throw new PlayheadError('PH_USAGE', message, { hint });
}

function noPipelines(pipelines: readonly PipelineDefinition[]): string {
  return pipelines.length === 0
    ? 'No pipeline is loaded. `playhead init DIR` starts a project.'
    : `Loaded: ${pipelines.map(({ name }) => name).join(', ')}.`;
}
