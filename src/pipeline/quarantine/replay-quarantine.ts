import { PlayheadError } from '../../base/errors.ts';
import { counted, formatCount } from '../../base/units.ts';
import type { EditedRecord } from '../../transform/edited-record.ts';
import { type FileMending, mendByFile } from '../../transform/mend-by-file.ts';
import { type Assignment, mendBySql } from '../../transform/mend-by-sql.ts';
import { replayJob } from '../../transform/run-job.ts';
import type { Engine } from '../engine/bind.ts';
import type { Addressed } from '../graph/address.ts';
import { engineRunner } from '../run/handlers.ts';
import { runDownstream } from '../run/run-downstream.ts';
import { boundJob, type JobOutput, jobPorts } from '../run/run-job.ts';
import { quarantinedReasons, quarantineRelation, reasonText } from './quarantine.ts';

export type Repair =
  | { readonly assignments: readonly Assignment[]; readonly where?: string }
  | { readonly edited: readonly EditedRecord[] };

/**
 * Puts records back through their job, mended, and what they change through the jobs downstream of it. PH_USAGE, before
 * anything is done, where a file names a record that is not in quarantine; PH_NOTHING_READ where there are records and the
 * repair chooses none.
 */
export async function replayQuarantine(
  engine: Engine,
  entry: Addressed<'job'>,
  repair: Repair,
  signal: AbortSignal,
): Promise<JobOutput> {
  const job = await boundJob(engine, entry);
  const mending =
    'edited' in repair
      ? await mendKnown(engine, entry, repair.edited)
      : await mendBySql(job.input.table.record, repair.assignments, repair.where);
  const run = await replayJob(job, mending, await jobPorts(engine, entry), engine.effects, { signal });
  if (run.read + run.replayed === 0) await checkNothingDue(engine, entry);
  const downstream = await runDownstream(engine.pipelines, entry.address, await engineRunner(engine), signal);
  return { ...run, downstream };
}

/** A repair that chooses none of what is there is mistaken: a script that goes on would believe it done. */
async function checkNothingDue(engine: Engine, job: Addressed<'job'>): Promise<void> {
  const reasons = await quarantinedReasons(engine, job);
  if (reasons.length === 0) return;
  throw new PlayheadError('PH_NOTHING_READ', `${job.address}: no record of its quarantine was chosen`, {
    hint: `There are: ${reasons.map(reasonText).join('; ')}. \`playhead quarantine show ${job.address}\` shows them.`,
    details: { job: job.address, reasons },
  });
}

async function mendKnown(engine: Engine, job: Addressed<'job'>, edited: readonly EditedRecord[]): Promise<FileMending> {
  const mending = mendByFile(edited);
  const relation = await quarantineRelation(engine, job);
  const places = edited.map(({ source, row }) => `${source}, row ${row}`);
  const unmatched = relation === undefined ? places : await unmatchedIn(engine, relation, mending);
  const [first] = unmatched;
  if (first === undefined) return mending;
  throw new PlayheadError(
    'PH_USAGE',
    `not in quarantine of ${job.address}: ${formatCount(unmatched.length)} of ${counted(edited.length, 'record')}, first ${first}`,
    {
      hint: `Nothing was replayed. \`playhead quarantine show ${job.address}\` gives the lines of those that are there.`,
      details: { job: job.address, unmatched: unmatched.length, first },
    },
  );
}

async function unmatchedIn(engine: Engine, relation: string, mending: FileMending): Promise<readonly string[]> {
  await using session = await (await engine.duck()).connect();
  await mending.prepare(session);
  const { rows } = await session.all(`${mending.unmatched(relation)} ORDER BY place`);
  return rows.map(([place]) => String(place));
}
