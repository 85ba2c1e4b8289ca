import type { Engine } from '../pipeline/bind.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';

/** The links of a pipeline, in the order in which records pass them. */
export type LinkKind =
  | 'definitions'
  | 'lake'
  | 'topic'
  | 'reference'
  | 'source'
  | 'stream'
  | 'delivery'
  | 'catalog'
  | 'job'
  | 'query'
  | 'lineage'
  | 'metrics';

/** What keeps no record from passing, and is not as it should be. */
export interface Warning {
  readonly finding: string;
  /** The command that shows or mends it. */
  readonly remedy?: string;
}

/** How one link does. */
export interface Link {
  readonly kind: LinkKind;
  readonly address: string;
  readonly ok: boolean;
  /** What was found, with figures. */
  readonly finding: string;
  /** The command that mends it. */
  readonly remedy?: string;
  readonly warnings?: readonly Warning[];
}

/** Looks at one kind of link; reads only. */
export type Probe = (engine: Engine, pipeline: PipelineDefinition) => Promise<readonly Link[]>;
