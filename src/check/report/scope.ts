import type { ReportDefinition } from '../../insight/report/definition.ts';
import type { Row } from '../../insight/report/figure.ts';
import type { PipelineDefinition } from '../../pipeline/definition.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import type { Addressed } from '../../pipeline/graph/address.ts';

/** What a section is made from. */
export interface ReportScope {
  readonly engine: Engine;
  readonly pipeline: PipelineDefinition;
  readonly definition: ReportDefinition;
  readonly table: Addressed<'table'>;
  /** `2025-08-11`; undefined for a table whose partitions say no day. */
  readonly day?: string;
  /** Asks in Athena's dialect. */
  ask(sql: string): Promise<readonly Row[]>;
}
