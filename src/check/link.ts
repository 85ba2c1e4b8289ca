import type { Engine } from '../pipeline/bind.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';

/** The links of a pipeline, in the order in which records pass them. */
export type LinkKind =
  | 'definitions'
  | 'reference'
  | 'source'
  | 'stream'
  | 'delivery'
  | 'catalog'
  | 'job'
  | 'query'
  | 'lineage';

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

/** Looks at one kind of link; reads only. */
export type Probe = (engine: Engine, pipeline: PipelineDefinition) => Promise<readonly Link[]>;
