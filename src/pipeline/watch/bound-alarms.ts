import type { MetricDefinition } from '../../observe/definition.ts';
import type { BoundAlarm } from '../../observe/evaluate-alarms.ts';
import type { SeriesKey } from '../../observe/history.ts';
import { instrumentName, measures, subjectAttribute } from '../../observe/measures.ts';
import type { PipelineDefinition } from '../definition.ts';
import { type Addressed, addressed, resolveAddress } from '../graph/address.ts';
import { addressedReason } from '../graph/gateway-reason.ts';
import { sourcePart } from '../graph/source-part.ts';
import { runKinds } from '../validate/references.ts';

/** A metric with the series that it is the name of. */
export interface BoundMetric {
  readonly address: string;
  readonly definition: MetricDefinition;
  readonly series: SeriesKey;
}

export function boundMetric(
  pipelines: readonly PipelineDefinition[],
  { address, definition, pipeline }: Addressed<'metric'>,
): BoundMetric {
  const { measure, of } = definition;
  const { subject } = measures[measure];
  const subjects = {
    run: () => resolveAddress(pipelines, of, runKinds, pipeline).address,
    source: () => resolveAddress(pipelines, of, ['source'], pipeline).address,
    job: () => resolveAddress(pipelines, of, ['job'], pipeline).address,
    part: () => sourcePart(pipelines, of, pipeline),
    gateway: () => resolveAddress(pipelines, of, ['gateway'], pipeline).address,
    reason: () => addressedReason(pipelines, of, pipeline),
    delivery: () => resolveAddress(pipelines, of, ['delivery'], pipeline).address,
    stream: () => resolveAddress(pipelines, of, ['stream'], pipeline).definition.topic,
    store: () => of,
  };
  const series = {
    instrument: instrumentName(measure),
    attributes: { [subjectAttribute[subject]]: subjects[subject]() },
  };
  return { address, definition, series };
}

/** Every alarm with its metric, in the order of the definitions. */
export function boundAlarms(pipelines: readonly PipelineDefinition[]): readonly BoundAlarm[] {
  return addressed(pipelines, 'alarm').map(({ address, definition, pipeline }) => {
    const metric = boundMetric(pipelines, resolveAddress(pipelines, definition.metric, ['metric'], pipeline));
    return { address, definition, metric: metric.definition, series: metric.series };
  });
}
