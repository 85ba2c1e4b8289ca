import type { Engine } from '../pipeline/bind.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import { probes } from './probes.ts';

/** The links of a pipeline, in the order in which records pass them. */
export type LinkKind = 'definitions' | 'reference' | 'source' | 'stream' | 'delivery' | 'catalog' | 'job' | 'query';

/** How one link does. */
export interface Link {
  readonly kind: LinkKind;
  readonly address: string;
  readonly ok: boolean;
  /** What was found, with figures. */
  readonly finding: string;
  /** The command that mends it. */
  readonly remedy?: string;
}

export interface Diagnosis {
  readonly pipeline: string;
  readonly links: readonly Link[];
  /** The first link that is not well: what lies behind it can only wait. */
  readonly firstSilent?: Link;
}

/** Looks at one kind of link; reads only. */
export type Probe = (engine: Engine, pipeline: PipelineDefinition) => Promise<readonly Link[]>;

/** Walks a pipeline from its sources to a query and says how each link does. */
export async function diagnose(engine: Engine, pipeline: PipelineDefinition): Promise<Diagnosis> {
  const links: Link[] = [];
  for (const probe of probes) links.push(...(await probe(engine, pipeline)));
  const firstSilent = links.find(({ ok }) => !ok);
  return { pipeline: pipeline.name, links, ...(firstSilent === undefined ? {} : { firstSilent }) };
}
