import { PlayheadError } from '../base/errors.ts';
import { either } from '../base/nearest.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import { type Addressed, addressed, resolveAddress } from '../pipeline/graph/address.ts';
import type { Kind } from '../pipeline/shape/sections.ts';

/** What an optional address names: that one, those of a pipeline, or all of these kinds. PH_USAGE where there is none at all. */
export function targets<K extends Kind>(
  pipelines: readonly PipelineDefinition[],
  kinds: readonly K[],
  address: string | undefined,
): readonly Addressed<K>[] {
  const all = addressed(pipelines, ...kinds);
  const named = all.some(({ name }) => name === address) ? undefined : pipelines.find(({ name }) => name === address);
  if (address !== undefined && named === undefined) return [resolveAddress(pipelines, address, kinds)];
  const chosen = named === undefined ? all : all.filter(({ pipeline }) => pipeline === named.name);
  if (chosen.length > 0) return chosen;
  const where = named === undefined ? 'is defined' : `is defined in ${named.name}`;
  throw new PlayheadError('PH_USAGE', `no ${either(kinds)} ${where}`, { hint: noPipelines(pipelines) });
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

/** The pipeline of that name, or all where none is named. PH_USAGE lists them. */
export function pipelinesNamed(
  pipelines: readonly PipelineDefinition[],
  name: string | undefined,
): readonly PipelineDefinition[] {
  return name === undefined ? pipelines : [pipelineNamed(pipelines, name)];
}

function noPipelines(pipelines: readonly PipelineDefinition[]): string {
  return pipelines.length === 0
    ? 'No pipeline is loaded. `playhead init DIR` starts a project.'
    : `Loaded: ${pipelines.map(({ name }) => name).join(', ')}.`;
}
