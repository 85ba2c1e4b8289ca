import { existsSync, readdirSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { PipelineDefinition } from '../definition.ts';
import { isObject } from '../shape/shape.ts';

/** Where the pipelines lie that are shipped with Playhead. */
export const shippedFolder = fileURLToPath(new URL('../../../pipelines/', import.meta.url));

/** The pipelines under `pipelines/`, beside the sources in a checkout and beside the compiled code in a package. */
export async function shippedPipelines(
  workingDirectory: string,
): Promise<{ pipelines: readonly PipelineDefinition[]; files: ReadonlyMap<string, string> }> {
  const pipelines: PipelineDefinition[] = [];
  const files = new Map<string, string>();
  for (const name of existsSync(shippedFolder) ? readdirSync(shippedFolder).sort() : []) {
    const file = join(shippedFolder, name, `index${extname(import.meta.filename)}`);
    if (!existsSync(file)) continue;
    // A dynamic import has no type; isPipeline checks what came.
    const module = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
    for (const pipeline of Object.values(module).filter(isPipeline)) {
      pipelines.push(pipeline);
      files.set(pipeline.name, relative(workingDirectory, file));
    }
  }
  return { pipelines, files };
}

/** Enough of a pipeline for validation to take it from here. */
export function isPipeline(value: unknown): value is PipelineDefinition {
  return isObject(value) && typeof value['name'] === 'string' && 'streams' in value && 'deliveries' in value;
}
