import { storedCommits } from '../../commit/packed-commits.ts';
import { openSeries } from '../../commit/series.ts';
import { outcomeOf, type RecordTrace, type TakenPlace } from '../../ledger/record-trace.ts';
import type { PagePlan, RestCommit } from '../../source/rest/series.ts';
import { placesIn } from './follow.ts';
import { fieldsOf, linesOf } from './record-fields.ts';
import type { RouteJob, Taking, Tracer } from './tracer.ts';

/** A record of an answer that a source committed: its number in the object, from 0. */
export interface TakenRecord {
  readonly commit: number;
  readonly object: string;
  readonly element: number;
}

/** Follows a record of an API's answer on to the tables. Undefined where its commit does not name it. */
export async function followTaken(
  tracer: Tracer,
  { source, jobs }: Taking,
  { commit: n, object, element }: TakenRecord,
): Promise<RecordTrace | undefined> {
  const { lake, engine } = tracer;
  const commit = await openSeries<PagePlan, RestCommit>(lake, source.address, engine.effects).read(n);
  if (commit?.kind !== 'page' || commit.plan.key !== object || element >= commit.plan.records) return undefined;
  const { endpoint, page, execution, receivedAtMs } = commit.plan;
  const taken: TakenPlace = {
    source: source.address,
    commit: n,
    execution: execution.id,
    endpoint,
    page,
    receivedMs: receivedAtMs,
    committedMs: commit.committedAtMs,
    object,
    element,
  };
  const at = { series: source.address, commit: n, object, row: element };
  const { keys, ...places } = await placesIn(tracer, jobs, at, async (job, fields) => {
    if (fields.length === 0 || (await lake.head(object)) === undefined) return undefined;
    const record = (await recordsOf(tracer, job, object))[element];
    return record === undefined ? undefined : fieldsOf(record, fields);
  });
  return { ...keys, outcome: outcomeOf({ taken, jobs: places.jobs }), taken, ...places };
}

/** Number of the commit that put an object; undefined where none did. */
export async function commitOf({ lake }: Tracer, { source }: Taking, object: string): Promise<number | undefined> {
  for await (const { n, commit } of storedCommits<RestCommit>(lake, source.address))
    if (commit.kind === 'page' && commit.plan.key === object) return n;
  return undefined;
}

/** The records that a job reads of an answer, each as JSON: the answer itself, or the elements of its list. */
export async function recordsOf({ lake }: Tracer, { entry }: RouteJob, object: string): Promise<readonly Uint8Array[]> {
  const { each } = entry.definition;
  const line = await linesOf(lake, object);
  if (each === undefined) return [line];
  // A page is kept only where its records are a list.
  const answer = JSON.parse(line.toString()) as Readonly<Record<string, readonly unknown[] | undefined>>;
  return (answer[each.of] ?? []).map((element) => Buffer.from(JSON.stringify(element)));
}
