import { PlayheadError } from '../../base/errors.ts';
import { formatDuration } from '../../base/units.ts';
import { cellsSql, type TimeRange } from '../../insight/cells-sql.ts';
import { warmUpOf } from '../../insight/definition.ts';
import type { FoundIncident } from '../../insight/incident.ts';
import { type Looks, unjudgedText } from '../../insight/looks.ts';
import { Watch } from '../../insight/watch.ts';
import type { Queries } from '../../query/queries.ts';
import type { Engine } from '../engine/bind.ts';
import { queriesOf } from '../engine/queries.ts';
import { type Addressed, resolveAddress } from '../graph/address.ts';
import { tableName } from '../graph/table-names.ts';

/** What a detector found, and when it looked. */
export interface WatchReport {
  readonly detector: string;
  readonly table: string;
  /** Judged: what is learned from lies before it. */
  readonly fromMs: number;
  readonly toMs: number;
  /** What each measure was judged on. */
  readonly looks: readonly Looks[];
  /** Of each measure that was not judged all the time: why, and from when on it is. */
  readonly unjudged: readonly string[];
  readonly incidents: readonly FoundIncident[];
}

/**
 * Lets a detector watch its table over a range, as if it had been there: each step judged from what was before it.
 * Without an end, up to the last whole step that the table has; without a begin, the last day of it; never before the
 * detector has seen enough for any of its measures. Throws PH_NOTHING_READ where the table has too little for that, ends
 * before the range, or gave no look anything to judge, and what queries throw.
 */
export async function watchTable(
  engine: Engine,
  { address, definition, pipeline }: Addressed<'detector'>,
  asked: Partial<TimeRange>,
  signal?: AbortSignal,
): Promise<WatchReport> {
  const entry = resolveAddress(engine.pipelines, definition.table, ['table'], pipeline);
  const table = tableName(entry);
  const queries = await queriesOf(engine);
  const { stepMs, learnMs } = definition;
  const warmUpMs = Math.min(...Object.values(definition.measures).map((each) => warmUpOf(definition, each)));
  try {
    const held = await timesHeld(queries, definition.time, table, signal);
    refuseOutside(table, held, asked);
    const toMs = floorTo(asked.toMs ?? held.toMs, stepMs);
    const wantedMs = floorTo(asked.fromMs ?? toMs - dayMs, stepMs);
    const firstMs = Math.max(ceilTo(held.fromMs, stepMs), wantedMs - learnMs);
    if (toMs - firstMs <= warmUpMs)
      throw new PlayheadError('PH_NOTHING_READ', `${address} has ${shown(toMs - firstMs)} of ${table} to learn from`, {
        hint: `It judges what comes after the first ${shown(warmUpMs)}: from ${instant(firstMs + warmUpMs)} on.`,
      });
    const watch = new Watch(definition, { fromMs: firstMs, toMs });
    const sql = cellsSql(definition, entry.definition, { fromMs: firstMs, toMs });
    const dimensions = Object.keys(definition.dimensions).length;
    const { pages } = await queries.run(sql, signal === undefined ? {} : { signal });
    for await (const rows of pages) {
      for (const [step, ...rest] of rows)
        watch.add({
          step: Number(step),
          values: rest.slice(0, dimensions).map((value) => String(value ?? '')),
          counts: rest.slice(dimensions).map(Number),
        });
    }
    const fromMs = Math.max(wantedMs, firstMs + warmUpMs);
    const incidents = watch.end().filter((incident) => incident.toMs > fromMs);
    const looks = watch.looks(fromMs);
    const unjudged = looks.flatMap((each) => unjudgedText(each, definition) ?? []);
    if (looks.every(({ judged }) => judged === 0))
      throw new PlayheadError('PH_NOTHING_READ', `${address} judged nothing of ${table} from ${instant(fromMs)} on`, {
        hint: unjudged.join('\n'),
      });
    return { detector: address, table, fromMs, toMs, looks, unjudged, incidents };
  } finally {
    await queries.close();
  }
}

const dayMs = 86_400_000;

/** From the first instant of the table to past its last. */
async function timesHeld(queries: Queries, time: string, table: string, signal?: AbortSignal): Promise<TimeRange> {
  const column = `"${time.replaceAll('"', '""')}"`;
  const sql = `SELECT to_unixtime(min(${column})), to_unixtime(max(${column})) FROM ${table}`;
  const { pages } = await queries.run(sql, signal === undefined ? {} : { signal });
  for await (const [row] of pages) {
    const [from, to] = row ?? [];
    if (typeof from === 'number' && typeof to === 'number') return { fromMs: from * 1000, toMs: to * 1000 + 1 };
  }
  throw new PlayheadError('PH_NOTHING_READ', `${table} has no row with a value in ${time}`, {
    hint: '`playhead doctor` says which link before it is silent.',
  });
}

/** Where there is nothing to judge, that nothing was found would say that all was well. */
function refuseOutside(table: string, held: TimeRange, { fromMs, toMs }: Partial<TimeRange>): void {
  if (fromMs !== undefined && fromMs >= held.toMs)
    throw new PlayheadError('PH_NOTHING_READ', `${table} has no rows from ${instant(fromMs)} on`, {
      hint: `Its newest are of ${instant(held.toMs - 1)}.`,
    });
  if (toMs !== undefined && toMs <= held.fromMs)
    throw new PlayheadError('PH_NOTHING_READ', `${table} has no rows before ${instant(toMs)}`, {
      hint: `Its oldest are of ${instant(held.fromMs)}.`,
    });
}

function instant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function shown(ms: number): string {
  return formatDuration(Math.max(0, ms));
}

function floorTo(ms: number, stepMs: number): number {
  return Math.floor(ms / stepMs) * stepMs;
}

function ceilTo(ms: number, stepMs: number): number {
  return Math.ceil(ms / stepMs) * stepMs;
}
