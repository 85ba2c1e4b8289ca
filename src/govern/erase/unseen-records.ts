import { storedCommits } from '../../commit/packed-commits.ts';
import type { DuckSession } from '../../duck/duck.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import { listAll, type ObjectStore } from '../../lake/object-store.ts';
import type { JobCommit } from '../../transform/job-plan.ts';
import { quarantineFolder } from '../../transform/quarantine.ts';
import { sidecarFolder } from '../../transform/sidecar.ts';
import type { FoundObject } from './find-in-object.ts';
import { type Following, wentSql } from './follow-records.ts';
import type { UnseenRecords } from './journal.ts';

const columns = ['written', 'quarantined', 'deduplicated'] as const;
type Counts = Readonly<Record<(typeof columns)[number], number>>;

/**
 * What jobs had read of the records that go, where no sidecar tells what had become of them. How they were counted is known
 * of their object as a whole: as its line in the commits says, without those that sidecars still tell of. Needs `rememberGone`.
 */
export async function unseenRecords(
  { store, session, jobs }: Following,
  found: ReadonlyMap<string, FoundObject>,
): Promise<readonly UnseenRecords[]> {
  const unseen: UnseenRecords[] = [];
  for (const { job } of jobs) {
    const lines = await linesOf(store, job, found);
    if (lines.size === 0) continue;
    const told = await toldOf(store, session, job);
    for (const [source, { readBy, counts }] of lines) {
      const { went = 0, aside = 0, seen = none } = told.get(source) ?? {};
      let left = (found.get(source)?.rows.length ?? 0) - went - aside;
      if (left + aside <= 0) continue;
      const taken = { ...none };
      for (const column of columns) {
        taken[column] = Math.max(
          0,
          Math.min(left, counts[column] - seen[column] - (column === 'quarantined' ? aside : 0)),
        );
        left -= taken[column];
      }
      unseen.push({ job, source, readBy, aside, ...taken, written: taken.written + left });
    }
  }
  return unseen;
}

const none: Counts = { written: 0, quarantined: 0, deduplicated: 0 };

/** How the job's commits count each found object that it read, replays taken into account. */
async function linesOf(
  store: ObjectStore,
  job: string,
  found: ReadonlyMap<string, FoundObject>,
): Promise<ReadonlyMap<string, { readonly readBy: number; readonly counts: Counts }>> {
  const lines = new Map<string, { readBy: number; counts: Counts }>();
  for await (const { n, commit } of storedCommits<JobCommit>(store, job))
    for (const line of commit.inputs) {
      if (!found.has(line.key)) continue;
      const { readBy, counts } = lines.get(line.key) ?? { readBy: n, counts: none };
      const [written, quarantined, deduplicated] = columns.map((column) => counts[column] + line[column]);
      lines.set(line.key, {
        readBy,
        counts: { written: written ?? 0, quarantined: quarantined ?? 0, deduplicated: deduplicated ?? 0 },
      });
    }
  return lines;
}

interface Told {
  /** Records that sidecars tell of, by what became of them; and those of them that go. */
  readonly seen: Counts;
  readonly went: number;
  /** Records that go and that only their quarantined row tells of. */
  readonly aside: number;
}

async function toldOf(
  store: ObjectStore,
  session: DuckSession,
  job: string,
): Promise<ReadonlyMap<string, Partial<Told>>> {
  await session.run(`CREATE OR REPLACE TEMP TABLE _seen AS
    SELECT source, row, fate FROM ${await recordsUnder(store, sidecarFolder(job), ', fate')}
    WHERE source IN (SELECT source FROM _gone)`);
  const told = new Map<string, Partial<Told>>();
  const seen = await session.all(`SELECT source, count(*) FILTER (fate = 'written'),
    count(*) FILTER (fate NOT IN ('written', 'deduplicated')), count(*) FILTER (fate = 'deduplicated'), count(*) FILTER (${wentSql})
    FROM _seen GROUP BY source`);
  for (const [source, written, quarantined, deduplicated, went] of seen.rows)
    told.set(String(source), {
      seen: { written: Number(written), quarantined: Number(quarantined), deduplicated: Number(deduplicated) },
      went: Number(went),
    });
  const aside = await session.all(`SELECT source, count(*) FROM ${await recordsUnder(store, quarantineFolder(job))}
    WHERE ${wentSql} AND (source, row) NOT IN (SELECT (source, row) FROM _seen) GROUP BY source`);
  for (const [source, count] of aside.rows)
    told.set(String(source), { ...told.get(String(source)), aside: Number(count) });
  return told;
}

/** SQL of the places of all records of a job under a folder. */
async function recordsUnder(store: ObjectStore, folder: string, fate = ''): Promise<string> {
  const files: string[] = [];
  for await (const { key } of listAll(store, folder)) files.push(await store.localFile(key));
  if (files.length === 0) return "(SELECT '' AS source, CAST(0 AS UINTEGER) AS row, '' AS fate WHERE false)";
  return `(SELECT source, row${fate} FROM ${parquetRows(files)})`;
}
