import { counted } from '../../base/units.ts';
import { storedCommits } from '../../commit/packed-commits.ts';
import { openSeries } from '../../commit/series.ts';
import type { PagePlan, RestCommit } from '../../source/rest/series.ts';
import { jobPositions } from '../../transform/account.ts';
import type { Wanted } from './record-fields.ts';
import { matcher } from './scan.ts';
import { followFound, type Search, wantedKey } from './search.ts';
import { followTaken, recordsOf } from './taken.ts';
import type { RouteJob, Taking, Tracer } from './tracer.ts';

/**
 * Looks for what a source took that has these values: in the sidecars of jobs whose key they are; in the answers that such a job has
 * not read where those don't know it, or with `all`; in every answer for a job that has another key.
 */
export async function takenByKey(
  tracer: Tracer,
  taking: Taking,
  wanted: Wanted,
  search: Search,
  all: boolean,
): Promise<void> {
  for (const job of taking.jobs) {
    const key = wantedKey(job, wanted);
    if (key === undefined) {
      await amongAnswers(tracer, taking, job, wanted, search, 0);
      continue;
    }
    const { address } = job.entry;
    const fates = await tracer.fates(address, await tracer.keyText(job, key));
    search.lookedIn.push(`the sidecars of ${address}, sorted by key`);
    const found = fates.map(({ source, sourceCommit, row }) => ({ object: source, commit: sourceCommit, row }));
    await followFound(search, found, ({ row, ...at }) => followTaken(tracer, taking, { ...at, element: row }));
    const { lake, engine } = tracer;
    const first = (await jobPositions(lake, address, engine.effects))[taking.source.address] ?? 0;
    const { next } = await openSeries<PagePlan, RestCommit>(lake, taking.source.address, engine.effects).head();
    if (next === first) continue;
    if (found.length === 0 || all) await amongAnswers(tracer, taking, job, wanted, search, first);
    else
      search.skipped.push(
        `${counted(next - first, 'commit')} of ${taking.source.address} that ${address} has not read`,
      );
  }
}

/** Reads the answers that commits put from number `first` on. */
async function amongAnswers(
  tracer: Tracer,
  taking: Taking,
  job: RouteJob,
  wanted: Wanted,
  search: Search,
  first: number,
): Promise<void> {
  const { lake, watch } = tracer;
  const { source, table } = taking;
  const matches = matcher(wanted);
  const found: { object: string; commit: number; row: number }[] = [];
  let answers = 0;
  for await (const { n, commit } of storedCommits<RestCommit>(lake, source.address, first)) {
    if (commit.kind !== 'page' || commit.plan.table !== `${table.definition.database}.${table.definition.name}`)
      continue;
    const object = commit.plan.key;
    if ((await lake.head(object)) === undefined) continue;
    answers += 1;
    watch(`scanning ${source.address}: answer ${answers}, commit ${n}`);
    for (const [row, record] of (await recordsOf(tracer, job, object)).entries())
      if (matches(record)) found.push({ object, commit: n, row });
  }
  search.scanned = true;
  search.lookedIn.push(`${counted(answers, 'answer')} of ${source.address}, by reading all of them`);
  await followFound(search, found, ({ row, ...at }) => followTaken(tracer, taking, { ...at, element: row }));
}
