import { formatDuration } from '../base/units.ts';
import { instantMsSql } from '../duck/instant-sql.ts';
import type { TableCheck } from './definition.ts';
import { driftOutcome } from './drift.ts';
import { freshnessOf } from './freshness.ts';
import { groupOutcome } from './group-rule.ts';
import type { CheckOutcome, Found } from './outcome.ts';
import { rejectedOutcome } from './rejected-share.ts';
import { newestAsMade, newestRows, type TableView } from './table-view.ts';
import { uniqueOutcome } from './unique-rule.ts';
import { volumeOutcome } from './volume.ts';

type Judges = {
  readonly [K in TableCheck['kind']]: (check: Extract<TableCheck, { kind: K }>, view: TableView) => Promise<Found>;
};

const judges: Judges = {
  unique: (check, view) => uniqueOutcome(check, view),
  group: (check, view) => groupOutcome(check, view),
  freshness: (check, view) => freshnessOutcome(check, view),
  volume: async (check, view) => volumeOutcome(check, view),
  drift: (check, view) => driftOutcome(check, view),
  rejected: async (check, { read }) => rejectedOutcome(check, read),
};

/** Kinds that go by counts, and so need no file: they judge also a run that made nothing. */
const counting: readonly TableCheck['kind'][] = ['volume', 'rejected'];

const nothing: Found = { verdict: 'unknown', broken: 0, samples: [] };

/**
 * What a check of tables says of what a run made. One that set aside all that it read leaves the table as it was: then this
 * is judged, by its newest partition, as if the run had made it.
 */
export async function judgeTable(check: TableCheck, view: TableView): Promise<CheckOutcome> {
  const { name, severity } = check;
  const judged = view.made.length === 0 && !counting.includes(check.kind) ? await newestAsMade(view) : view;
  if (judged === undefined) return { check: name, severity, ...nothing, found: whyNoRow(view) };
  // One kind always meets its own judge; TypeScript cannot see that through the table's index.
  const judge = judges[check.kind] as (check: TableCheck, view: TableView) => Promise<Found>;
  return { check: name, severity, ...(await judge(check, judged)) };
}

/** The check neither holds nor is broken, whatever became of the records. */
function whyNoRow({ read = [] }: TableView): string {
  return read.some(({ rejected }) => rejected > 0)
    ? 'all that was read was set aside, and the table has no row'
    : 'no row made, and none there';
}

async function freshnessOutcome(
  { field, ...limits }: Extract<TableCheck, { kind: 'freshness' }>,
  view: TableView,
): Promise<Found> {
  const instant = `max(${instantMsSql(field, view.record.fields[field])})`;
  const newest = await view.session.value(`SELECT ${instant} FROM ${await newestRows(view)}`);
  if (newest === null || newest === undefined) return { ...nothing, found: 'no event time' };
  const behindMs = (await view.now()) - Number(newest);
  const state = freshnessOf(behindMs, limits);
  // The newest record can be ahead of the clock: its arrival is the clock, and players' clocks differ.
  const found = `${state}, ${formatDuration(Math.max(0, behindMs))} behind`;
  return state === 'FRESH'
    ? { verdict: 'passed', broken: 0, samples: [], found }
    : { verdict: 'broken', broken: 1, samples: [], found };
}
