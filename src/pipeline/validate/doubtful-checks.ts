import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuck } from '../../duck/duck.ts';
import { type ConstantRule, constantRules } from '../../quality/constant-rules.ts';
import { isRowCheck } from '../../quality/definition.ts';
import { type SuspectRule, suspectRules } from '../../quality/suspect-rules.ts';
import type { PipelineDefinition } from '../definition.ts';
import { type Addressed, addressed, resolveAddress } from '../graph/address.ts';
import { judgedRecord } from '../graph/job-tables.ts';

/** Checks that seem to tell no rows apart, each with its job's address. */
export interface DoubtfulChecks {
  /** Proven. */
  readonly constant: readonly (ConstantRule & { readonly address: string })[];
  /** By trying; those that are proven are not among them. */
  readonly suspect: readonly (SuspectRule & { readonly address: string })[];
}

/**
 * The checks of rows, of all jobs or of those that judge one table's rows, that can never fail or never pass, or seem to.
 * Opens no home: it asks definitions only. PH_SQL_*, PH_CONFIG_INVALID.
 */
export async function doubtfulChecks(
  pipelines: readonly PipelineDefinition[],
  table?: Addressed<'table'>,
): Promise<DoubtfulChecks> {
  const jobs = addressed(pipelines, 'job').flatMap((job) => {
    const { definition, pipeline } = job;
    const checks = (definition.checks ?? []).filter(isRowCheck);
    const isAsked =
      table === undefined ||
      [definition.from, definition.into].some(
        (name) => resolveAddress(pipelines, name, ['table'], pipeline).address === table.address,
      );
    return checks.length === 0 || !isAsked
      ? []
      : [{ address: job.address, checks, record: judgedRecord(pipelines, job) }];
  });
  if (jobs.length === 0) return { constant: [], suspect: [] };
  const temporaryDirectory = join(tmpdir(), 'playhead-plan');
  const duck = await openDuck({ memoryBytes: 128 * 1024 ** 2, threads: 1, temporaryDirectory });
  try {
    const found = {
      constant: [] as DoubtfulChecks['constant'][number][],
      suspect: [] as DoubtfulChecks['suspect'][number][],
    };
    for (const { address, checks, record } of jobs) {
      await using session = await duck.connect();
      const constant = await constantRules(session, checks, record);
      const others = checks.filter(({ name }) => !constant.some(({ check }) => check === name));
      const suspect = await suspectRules(session, others, record);
      found.constant.push(...constant.map((rule) => ({ address, ...rule })));
      found.suspect.push(...suspect.map((rule) => ({ address, ...rule })));
    }
    return found;
  } finally {
    await duck.close();
  }
}
