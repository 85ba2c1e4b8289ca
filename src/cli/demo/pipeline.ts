import { PlayheadError } from '../../base/errors.ts';
import type { PipelineDefinition } from '../../pipeline/definition.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { boundSessions } from '../../pipeline/engine/sessions.ts';
import { type Addressed, addressed, resolveAddress } from '../../pipeline/graph/address.ts';
import { recordJobs } from '../../pipeline/graph/writers.ts';
import type { BoundSessions } from '../../source/open-sessions.ts';

/** The parts of a pipeline that a demo shows, found by their kinds: it can be any pipeline that simulates sessions. */
export interface DemoPipeline {
  readonly pipeline: PipelineDefinition;
  readonly sessions: BoundSessions;
  readonly source: Addressed<'source'>;
  readonly stream: Addressed<'stream'>;
  readonly deliveries: readonly Addressed<'delivery'>[];
  readonly crawlers: readonly Addressed<'crawler'>[];
  readonly jobs: readonly Addressed<'job'>[];
  readonly queries: readonly Addressed<'query'>[];
}

/** The pipeline of that name, or the first that simulates sessions. PH_USAGE where there is none. */
export function demoPipeline(engine: Engine, named: string | undefined): DemoPipeline {
  const simulating = engine.pipelines.filter((pipeline) => sessionsOf(pipeline) !== undefined);
  const pipeline = named === undefined ? simulating[0] : simulating.find(({ name }) => name === named);
  const source = pipeline === undefined ? undefined : sessionsOf(pipeline);
  if (pipeline === undefined || source === undefined) {
    const names = simulating.map(({ name }) => name).join(', ');
    throw new PlayheadError(
      'PH_USAGE',
      `${named ?? 'no pipeline that is loaded'} simulates ${named === undefined ? '' : 'no '}sessions`,
      {
        hint:
          names === ''
            ? 'Run the demo where no playhead.config.ts is above: the shipped pipelines are there.'
            : `There is: ${names}.`,
      },
    );
  }
  const sessions = boundSessions(engine, source.address);
  const stream = resolveAddress(engine.pipelines, sessions.bound.definition.into, ['stream'], pipeline.name);
  return {
    pipeline,
    source,
    stream,
    sessions: sessions.bound,
    deliveries: addressed([pipeline], 'delivery').filter(
      ({ definition }) =>
        resolveAddress(engine.pipelines, definition.from, ['stream'], pipeline.name).address === stream.address,
    ),
    crawlers: addressed([pipeline], 'crawler'),
    jobs: recordJobs(engine.pipelines, [pipeline]),
    queries: addressed([pipeline], 'query'),
  };
}

function sessionsOf(pipeline: PipelineDefinition): Addressed<'source'> | undefined {
  return addressed([pipeline], 'source').find(({ definition }) => definition.source === 'sessions');
}
