import { hours, minutes } from '../../base/units.ts';
import type { SessionArguments } from '../../pipeline/run/session-arguments.ts';
import type { SessionsSource } from '../../source/definition.ts';
import type { Incident } from '../../source/sessions/incidents.ts';
import type { SessionModel } from '../../source/sessions/model.ts';

/** One record in a thousand comes twice, as with every real producer: the curated table is to show the difference. */
const doubledShare = 0.001;

/** About so many records of a day are late or spoiled, however many there are: few enough to look at each. */
const aDay = { late: 10, malformed: 20, invalid: 20 } as const;

/** What goes wrong in the demo's day, as a simulation is told it. */
export type Disturbance = Required<
  Pick<SessionArguments, 'duplicated' | 'late' | 'malformed' | 'invalid' | 'incidents'>
>;

/** Some records that come twice, late or broken, and one incident in the evening: the network of a large provider fails. */
export function disturbanceOf({ model, eventsPerDay }: SessionsSource, dayMs: number): Disturbance {
  const share = (records: number): number => Math.min(1, records / eventsPerDay);
  const outage: Incident = {
    kind: 'isp-outage',
    fromMs: dayMs + hours(20),
    toMs: dayMs + hours(20) + minutes(90),
    magnitude: 0.8,
    where: largestProvider(model),
  };
  return {
    duplicated: doubledShare,
    late: share(aDay.late),
    malformed: share(aDay.malformed),
    invalid: share(aDay.invalid),
    incidents: [outage],
  };
}

/** Of the first country whose providers are named; where none are, the outage is everywhere. */
function largestProvider({ network }: SessionModel): Incident['where'] {
  const [shares = {}] = Object.values(network.isps);
  const [largest] = Object.entries(shares).toSorted(([, a], [, b]) => b - a);
  return largest === undefined ? {} : { isp: largest[0] };
}
