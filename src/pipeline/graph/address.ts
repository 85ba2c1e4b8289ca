import { PlayheadError } from '../../base/errors.ts';
import { either, nearest, suggestion } from '../../base/nearest.ts';
import type { CrawlerDefinition, TableDefinition } from '../../catalog/definition.ts';
import type { DeliveryDefinition } from '../../delivery/definition.ts';
import type { LifecycleDefinition } from '../../govern/lifecycle.ts';
import type { DetectorDefinition } from '../../insight/definition.ts';
import type { ReportDefinition } from '../../insight/report/definition.ts';
import type { AlarmDefinition, MetricDefinition } from '../../observe/definition.ts';
import type { ScheduleDefinition, TriggerDefinition } from '../../orchestrate/definition.ts';
import type { NamedQueryDefinition, WorkgroupDefinition } from '../../query/definition.ts';
import type { SourceDefinition } from '../../source/definition.ts';
import type { GatewayDefinition } from '../../source/gateway.ts';
import type { StreamDefinition } from '../../stream/definition.ts';
import type { JobDefinition } from '../../transform/definition.ts';
import type { PipelineDefinition } from '../definition.ts';
import { type Kind, type Section, sectionKinds } from '../shape/sections.ts';

interface DefinitionOf {
  stream: StreamDefinition;
  source: SourceDefinition;
  gateway: GatewayDefinition;
  table: TableDefinition;
  delivery: DeliveryDefinition;
  crawler: CrawlerDefinition;
  job: JobDefinition;
  workgroup: WorkgroupDefinition;
  query: NamedQueryDefinition;
  schedule: ScheduleDefinition;
  trigger: TriggerDefinition;
  metric: MetricDefinition;
  alarm: AlarmDefinition;
  lifecycle: LifecycleDefinition;
  detector: DetectorDefinition;
  report: ReportDefinition;
}

/** A definition with its place: `pipeline.name`, unique within the pipeline across kinds. */
export type Addressed<K extends Kind = Kind> = {
  [P in K]: {
    readonly kind: P;
    /** `pipeline.name`. */
    readonly address: string;
    readonly pipeline: string;
    readonly name: string;
    readonly section: Section;
    readonly definition: DefinitionOf[P];
  };
}[K];

/** Everything that is defined, in the order of the definitions; of some kinds where they are given. */
export function addressed<K extends Kind = Kind>(
  pipelines: readonly PipelineDefinition[],
  ...kinds: readonly K[]
): readonly Addressed<K>[] {
  return pipelines.flatMap((pipeline) =>
    (Object.keys(sectionKinds) as Section[]).flatMap((section) => {
      const kind = sectionKinds[section];
      if (kinds.length > 0 && !kinds.some((wanted) => wanted === kind)) return [];
      return Object.entries(pipeline[section] ?? {}).map(
        ([name, definition]) =>
          // The section decides the kind of its definitions: a pairing that the compiler cannot follow through the table.
          ({
            kind,
            address: `${pipeline.name}.${name}`,
            pipeline: pipeline.name,
            name,
            section,
            definition,
          }) as unknown as Addressed<K>,
      );
    }),
  );
}

/**
 * Finds what an address names: `pipeline.name`, or `name` where it is unique among the wanted kinds, or within the
 * pipeline that the reference stands in. PH_ADDRESS_UNKNOWN and PH_ADDRESS_AMBIGUOUS list the candidates.
 */
export function resolveAddress<K extends Kind>(
  pipelines: readonly PipelineDefinition[],
  address: string,
  kinds: readonly K[],
  within?: string,
): Addressed<K> {
  const all = addressed(pipelines);
  const wanted = addressed(pipelines, ...kinds);
  const exact = wanted.find((entry) => entry.address === address);
  if (exact !== undefined) return exact;
  const byName = wanted.filter((entry) => entry.name === address);
  const own = byName.find((entry) => entry.pipeline === within);
  if (own !== undefined) return own;
  if (byName.length === 1 && byName[0] !== undefined) return byName[0];
  const candidates = (byName.length > 1 ? byName : wanted).map((entry) => entry.address);
  throw byName.length > 1 ? ambiguous(address, candidates) : unknown(address, kinds, candidates, all);
}

function ambiguous(address: string, candidates: readonly string[]): PlayheadError {
  return new PlayheadError('PH_ADDRESS_AMBIGUOUS', `"${address}" is in ${candidates.length} pipelines`, {
    hint: `Write ${either(candidates)}.`,
    details: { address, candidates },
  });
}

function unknown(
  address: string,
  kinds: readonly Kind[],
  candidates: readonly string[],
  all: readonly Addressed[],
): PlayheadError {
  const other = all.find((entry) => entry.address === address || entry.name === address);
  const message =
    other === undefined
      ? `no ${either(kinds)} is called "${address}"`
      : `"${other.address}" is a ${other.kind}, not a ${either(kinds)}`;
  const near = nearestAddress(address, candidates);
  const hint = near === undefined ? suggestion(address, candidates) : `Did you mean "${near}"?`;
  return new PlayheadError('PH_ADDRESS_UNKNOWN', message, {
    ...(hint === '' ? {} : { hint }),
    details: { address, candidates },
  });
}

/** Near to a whole address, or to a name where the prefix was left out. */
function nearestAddress(address: string, candidates: readonly string[]): string | undefined {
  const nameOf = (candidate: string): string => candidate.slice(candidate.indexOf('.') + 1);
  const name = nearest(nameOf(address), candidates.map(nameOf));
  return nearest(address, candidates) ?? candidates.find((candidate) => nameOf(candidate) === name);
}
