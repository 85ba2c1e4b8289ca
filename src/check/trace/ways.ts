import { laneSeries } from '../../commit/epoch.ts';
import { openDeliverySeries } from '../../delivery/lanes.ts';
import { parseObjectName } from '../../delivery/object-name.ts';
import type { RecordTrace } from '../../ledger/record-trace.ts';
import { follow } from './follow.ts';
import { commitOf, followTaken } from './taken.ts';
import { type DeliveredRow, type Route, type RouteJob, type Taking, type Tracer, unknownRecord } from './tracer.ts';

/** One input of jobs, whatever fills it. */
export interface Way {
  readonly jobs: readonly RouteJob[];
  /** Whether an object is of the input, by its name. */
  holds(object: string): boolean;
  /** Follows a record of an object of the input. PH_RECORD_UNKNOWN where no commit names the object yet. */
  follow(object: string, row: number): Promise<RecordTrace | undefined>;
}

/** Of every delivery, then of every table that a source fills. */
export function waysOf(tracer: Tracer): readonly Way[] {
  return [
    ...tracer.routes.map((route) => deliveredWay(tracer, route)),
    ...tracer.takings.map((taking) => takenWay(tracer, taking)),
  ];
}

/** The place that an object's name says, of one that a delivery put. */
export function deliveredAt({ delivery }: Route, object: string, row: number): DeliveredRow | undefined {
  const made = parseObjectName(object.slice(object.lastIndexOf('/') + 1), delivery.address);
  if (made === undefined) return undefined;
  return { series: laneSeries(delivery.address, made.epoch, made.lane), commit: made.plan, object, row };
}

function deliveredWay(tracer: Tracer, route: Route): Way {
  return {
    jobs: route.jobs,
    holds: (object) => deliveredAt(route, object, 0) !== undefined,
    follow: async (object, row) => {
      const at = deliveredAt(route, object, row);
      if (at === undefined) return undefined;
      const commit = await openDeliverySeries(tracer.lake, at.series, tracer.engine.effects).read(at.commit);
      const hint = 'It is under way: run the delivery to its end.';
      if (commit === undefined) throw unknownRecord(`${object} belongs to a plan without a commit`, hint);
      return follow(tracer, route, at);
    },
  };
}

function takenWay(tracer: Tracer, taking: Taking): Way {
  return {
    jobs: taking.jobs,
    holds: (object) => object.startsWith(taking.table.definition.location),
    follow: async (object, element) => {
      const commit = await commitOf(tracer, taking, object);
      if (commit === undefined) throw unknownRecord(`no commit of ${taking.source.address} names ${object}`, '');
      return followTaken(tracer, taking, { commit, object, element });
    },
  };
}
