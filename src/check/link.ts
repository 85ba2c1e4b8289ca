import type { PipelineDefinition } from '../pipeline/definition.ts';
import type { Engine } from '../pipeline/engine/bind.ts';

/** The links of a pipeline, in the order in which records pass them; then who asks for them, and who is told. */
export type LinkKind =
  | 'definitions'
  | 'lake'
  | 'topic'
  | 'reference'
  | 'source'
  | 'gateway'
  | 'stream'
  | 'delivery'
  | 'catalog'
  | 'trigger'
  | 'job'
  | 'crawler'
  | 'query'
  | 'workgroup'
  | 'notifier'
  | 'lineage'
  | 'metrics';

/**
 * `well`: it does its part, or is at it now. `waiting`: nothing has come to it yet, which is no fault of its own. `faulty`:
 * what should pass does not.
 */
export type LinkState = 'well' | 'waiting' | 'faulty';

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
  readonly state: LinkState;
  /** What was found, with figures. */
  readonly finding: string;
  /** The command that mends it, or begins it. */
  readonly remedy?: string;
  readonly warnings?: readonly Warning[];
}

/** What a look at a link found. */
export type Found = Omit<Link, 'kind' | 'address'>;

export function well(finding: string, warnings: readonly Warning[] = []): Found {
  return { state: 'well', finding, warnings };
}

export function waiting(finding: string, remedy?: string): Found {
  return { state: 'waiting', finding, ...(remedy === undefined ? {} : { remedy }) };
}

export function faulty(finding: string, remedy?: string): Found {
  return { state: 'faulty', finding, ...(remedy === undefined || remedy === '' ? {} : { remedy }) };
}

/** Looks at one kind of link; reads only, or takes away what it wrote to try. */
export type Probe = (engine: Engine, pipeline: PipelineDefinition) => Promise<readonly Link[]>;
