import { parseSchedule } from '../../orchestrate/parse-schedule.ts';
import type { ScheduledTarget } from '../../orchestrate/scheduler.ts';
import type { PipelineDefinition } from '../definition.ts';
import { type Addressed, addressed, resolveAddress } from '../graph/address.ts';
import { runKinds } from '../validate/references.ts';

/** A schedule, with what it runs. */
export interface Scheduled extends ScheduledTarget {
  readonly kind: (typeof runKinds)[number];
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** Every schedule, in the order of the definitions. */
export function scheduledTargets(pipelines: readonly PipelineDefinition[]): readonly Scheduled[] {
  return addressed(pipelines, 'schedule').map(({ address, definition, pipeline }) => {
    const target: Addressed<(typeof runKinds)[number]> = resolveAddress(
      pipelines,
      definition.target.run,
      runKinds,
      pipeline,
    );
    return {
      address,
      schedule: parseSchedule(definition.expression),
      target: target.address,
      kind: target.kind,
      arguments: definition.target.arguments ?? {},
    };
  });
}
