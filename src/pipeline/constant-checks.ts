import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuck } from '../duck/duck.ts';
import { type ConstantRule, constantRules } from '../quality/constant-rules.ts';
import { isRowCheck } from '../quality/definition.ts';
import { addressed, resolveAddress } from './address.ts';
import type { PipelineDefinition } from './definition.ts';

/** The checks of all jobs that can never fail, or never pass. Opens no home: it asks definitions only. PH_SQL_*, PH_CONFIG_INVALID. */
export async function constantChecks(
  pipelines: readonly PipelineDefinition[],
): Promise<readonly (ConstantRule & { readonly address: string })[]> {
  const jobs = addressed(pipelines, 'job').filter(({ definition }) => definition.checks?.some(isRowCheck) === true);
  if (jobs.length === 0) return [];
  const temporaryDirectory = join(tmpdir(), 'playhead-plan');
  const duck = await openDuck({ memoryBytes: 128 * 1024 ** 2, threads: 1, temporaryDirectory });
  try {
    const found: (ConstantRule & { address: string })[] = [];
    for (const { address, definition, pipeline } of jobs) {
      await using session = await duck.connect();
      const { record } = resolveAddress(pipelines, definition.from, ['table'], pipeline).definition;
      const rules = await constantRules(session, (definition.checks ?? []).filter(isRowCheck), record);
      found.push(...rules.map((rule) => ({ address, ...rule })));
    }
    return found;
  } finally {
    await duck.close();
  }
}
