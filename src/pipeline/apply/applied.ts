import { isPipeline } from '../config/shipped.ts';
import { definePipeline, type PipelineDefinition } from '../definition.ts';
import { addressed } from '../graph/address.ts';

/** What a home was last told to be. */
export interface Applied {
  readonly pipelines: readonly PipelineDefinition[];
  /** Definitions that were taken out since, as they last were: what they made is kept by their addresses. */
  readonly removed: readonly PipelineDefinition[];
}

/** Undefined for a text that holds no applied definitions. */
export function parseApplied(text: string): Applied | undefined {
  try {
    const { pipelines, removed = [] } = JSON.parse(text) as { pipelines?: unknown; removed?: unknown };
    return isPipelines(pipelines) && isPipelines(removed) ? { pipelines, removed } : undefined;
  } catch {
    return undefined;
  }
}

function isPipelines(value: unknown): value is PipelineDefinition[] {
  return Array.isArray(value) && value.every(isPipeline);
}

/** What is applied once `present` is. Pipelines that are not loaded now stay as they are; nothing that made data is forgotten. */
export function appliedAfter(applied: Applied, present: readonly PipelineDefinition[]): Applied {
  const loaded = new Set(present.map(({ name }) => name));
  const there = new Set(addressed(present).map(({ address }) => address));
  const replaced = applied.pipelines.filter(({ name }) => loaded.has(name));
  const known = addressed([...applied.removed, ...replaced], 'stream', 'delivery', 'job');
  const removed = new Map(known.filter(({ address }) => !there.has(address)).map((entry) => [entry.address, entry]));
  const byPipeline = Map.groupBy(removed.values(), ({ pipeline }) => pipeline);
  return {
    pipelines: [...applied.pipelines.filter(({ name }) => !loaded.has(name)), ...present],
    removed: [...byPipeline].map(([pipeline, entries]) => {
      const ofKind = (kind: (typeof entries)[number]['kind']): object =>
        Object.fromEntries(
          entries.filter((entry) => entry.kind === kind).map((entry) => [entry.name, entry.definition]),
        );
      return definePipeline(pipeline, {
        streams: { ...ofKind('stream') },
        deliveries: { ...ofKind('delivery') },
        jobs: { ...ofKind('job') },
      });
    }),
  };
}
