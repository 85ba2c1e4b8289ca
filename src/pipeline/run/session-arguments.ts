import { PlayheadError } from '../../base/errors.ts';
import { suggestion } from '../../base/nearest.ts';
import type { RunData } from '../../orchestrate/runs.ts';
import type { SessionOptions } from '../../source/open-sessions.ts';
import type { Incident } from '../../source/sessions/incidents.ts';

/** What a run of a sessions source can be told, by a schedule, a command or a program: plain JSON. */
export interface SessionArguments {
  /** ISO times on multiples of five minutes; without them, the run goes on where the log ends, up to now. */
  readonly from?: string;
  readonly to?: string;
  readonly seed?: number;
  /** Events of a weekday. */
  readonly eventsPerDay?: number;
  /** Events a second at every hour. */
  readonly rate?: number;
  /** Shares of the events, from 0 to 1. */
  readonly late?: number;
  readonly outOfOrder?: number;
  readonly duplicated?: number;
  readonly conflicting?: number;
  readonly malformed?: number;
  readonly invalid?: number;
  readonly incidents?: readonly Incident[];
  /** Path of the truth file. */
  readonly truth?: string;
  /** The test payload: so many records, with real ids. */
  readonly test?: boolean;
  readonly batchSize?: number;
  readonly forceRefresh?: boolean;
}

type Check = (value: unknown) => boolean;
const number: Check = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const text: Check = (value) => typeof value === 'string';
const flag: Check = (value) => typeof value === 'boolean';

const known: Readonly<Record<keyof SessionArguments, readonly [Check, string]>> = {
  from: [text, 'a time'],
  to: [text, 'a time'],
  seed: [number, 'a number'],
  eventsPerDay: [number, 'a number'],
  rate: [number, 'a number'],
  late: [number, 'a share from 0 to 1'],
  outOfOrder: [number, 'a share from 0 to 1'],
  duplicated: [number, 'a share from 0 to 1'],
  conflicting: [number, 'a share from 0 to 1'],
  malformed: [number, 'a share from 0 to 1'],
  invalid: [number, 'a share from 0 to 1'],
  incidents: [Array.isArray, 'a list'],
  truth: [text, 'a path'],
  test: [flag, 'true or false'],
  batchSize: [number, 'a number'],
  forceRefresh: [flag, 'true or false'],
};

/** Checks what a run was given. PH_USAGE names what is not known, with what was probably meant. */
export function sessionArguments(given: RunData): SessionArguments {
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(known, name) ? known[name as keyof SessionArguments] : undefined;
    if (check === undefined) {
      throw new PlayheadError('PH_USAGE', `a sessions source has no argument "${name}"`, {
        hint: suggestion(name, Object.keys(known)),
      });
    }
    if (!check[0](value)) {
      throw new PlayheadError('PH_USAGE', `the argument ${name} is ${JSON.stringify(value)}: expected ${check[1]}`);
    }
  }
  // Every name and value was just checked.
  return given as SessionArguments;
}

/** How long late records take, and repeated ones: where nothing else is asked for. */
const delays = { late: { minDelayMs: 60_000, maxDelayMs: 6 * 3_600_000 }, repeated: { maxDelayMs: 15 * 60_000 } };

/** The simulator's options of these arguments. */
export function sessionOptions(given: SessionArguments): SessionOptions {
  const { seed, eventsPerDay, rate, late, outOfOrder, duplicated, conflicting, malformed, invalid, incidents } = given;
  const injection = {
    ...(late === undefined ? {} : { late: { share: late, ...delays.late } }),
    ...(outOfOrder === undefined ? {} : { outOfOrder: { share: outOfOrder } }),
    ...(duplicated === undefined ? {} : { duplicated: { share: duplicated, ...delays.repeated } }),
    ...(conflicting === undefined ? {} : { conflicting: { share: conflicting, ...delays.repeated } }),
    ...(malformed === undefined ? {} : { malformed: { share: malformed } }),
    ...(invalid === undefined ? {} : { invalid: { share: invalid } }),
    ...(incidents === undefined ? {} : { incidents }),
  };
  return {
    ...(seed === undefined ? {} : { seed }),
    ...(eventsPerDay === undefined ? {} : { eventsPerDay }),
    ...(rate === undefined ? {} : { rate }),
    ...(Object.keys(injection).length === 0 ? {} : { injection }),
  };
}
