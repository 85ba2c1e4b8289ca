import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { isPlayheadError } from '../../base/errors.ts';
import { mebibytes } from '../../base/units.ts';
import { patternOf } from '../../quality/check-problems.ts';
import type { RecordType } from '../../record/type.ts';
import type { PipelineDefinition } from '../definition.ts';
import { addressed, resolveAddress } from '../graph/address.ts';
import { judgedRecord } from '../graph/job-tables.ts';
import { failWith, type PipelineProblem } from './validate.ts';

/** A pattern that a check matches by. */
type Pattern = Omit<Condition, 'record'>;

/** A condition in Athena's dialect that a definition holds, over the columns of one record type. */
interface Condition {
  readonly pipeline: string;
  readonly path: string;
  readonly text: string;
  readonly record: RecordType;
}

/** Rises with every change of what is found wrong. */
const version = 2;

/**
 * Looks into every condition that is SQL, of checks and of detectors, and into every pattern of checks, once the definitions
 * are sound otherwise. Throws PH_CONFIG_INVALID with every problem, as `assertValid` does. What was found sound is remembered in `cache`, by its text:
 * to load the SQL front end takes longer than the rest of a short command.
 */
export async function assertConditions(
  pipelines: readonly PipelineDefinition[],
  files: ReadonlyMap<string, string>,
  cache: string,
  effects: Effects,
): Promise<void> {
  const conditions = conditionsOf(pipelines);
  const patterns = patternsOf(pipelines);
  if (conditions.length === 0 && patterns.length === 0) return;
  const asked = [
    ...conditions.map(({ text, record }) => [text, record.name, Object.keys(record.fields)]),
    ...patterns.map(({ text }) => [text]),
  ];
  const hash = createHash('sha256')
    .update(JSON.stringify([version, asked]))
    .digest('hex')
    .slice(0, 40);
  const known = join(cache, `conditions-${hash}.json`);
  if (await isFile(known, effects)) return;
  const problems = [...(await unsoundConditions(conditions)), ...(await unsoundPatterns(patterns))];
  failWith(
    problems.map((problem) => {
      const file = files.get(problem.pipeline);
      return file === undefined ? problem : { ...problem, file };
    }),
  );
  await remember(known, cache, effects);
}

async function unsoundConditions(conditions: readonly Condition[]): Promise<readonly PipelineProblem[]> {
  if (conditions.length === 0) return [];
  const problems: PipelineProblem[] = [];
  const { predicateSql } = await import('../../quality/row-rules.ts');
  for (const { pipeline, path, text, record } of conditions)
    try {
      await predicateSql(text, record, 'the condition');
    } catch (error) {
      if (!isPlayheadError(error)) throw error;
      const hint = error.hint === undefined ? '' : `. ${error.hint}`;
      problems.push({ pipeline, path, message: `${error.message}${hint}` });
    }
  return problems;
}

/** Those that DuckDB, which will match by them, refuses. */
async function unsoundPatterns(patterns: readonly Pattern[]): Promise<readonly PipelineProblem[]> {
  if (patterns.length === 0) return [];
  const { openDuck } = await import('../../duck/duck.ts');
  const { patternFault } = await import('../../quality/pattern-fault.ts');
  const temporaryDirectory = join(tmpdir(), 'playhead-plan');
  const duck = await openDuck({ memoryBytes: mebibytes(64), threads: 1, temporaryDirectory });
  try {
    await using session = await duck.connect();
    const problems: PipelineProblem[] = [];
    for (const { pipeline, path, text } of patterns) {
      const message = await patternFault(session, text);
      if (message !== undefined) problems.push({ pipeline, path, message });
    }
    return problems;
  } finally {
    await duck.close();
  }
}

function patternsOf(pipelines: readonly PipelineDefinition[]): readonly Pattern[] {
  return addressed(pipelines, 'job').flatMap(({ definition, pipeline, name }) =>
    (definition.checks ?? []).flatMap((check, i) => {
      const of = patternOf(check);
      return of === undefined ? [] : [{ pipeline, path: `jobs.${name}.checks[${i}].${of.path}`, text: of.pattern }];
    }),
  );
}

function conditionsOf(pipelines: readonly PipelineDefinition[]): readonly Condition[] {
  const found: Condition[] = [];
  for (const job of addressed(pipelines, 'job')) {
    const { definition, pipeline, name } = job;
    const record = judgedRecord(pipelines, job);
    for (const [i, check] of (definition.checks ?? []).entries())
      if (check.kind === 'row')
        found.push({ pipeline, path: `jobs.${name}.checks[${i}].predicate`, text: check.predicate, record });
  }
  for (const { definition, pipeline, name } of addressed(pipelines, 'detector')) {
    const { record, partitions } = resolveAddress(pipelines, definition.table, ['table'], pipeline).definition;
    const columns = Object.fromEntries(Object.keys(partitions).map((column) => [column, { type: 'string' } as const]));
    const wide = { ...record, fields: { ...record.fields, ...columns } };
    for (const [measure, of] of Object.entries(definition.measures))
      for (const part of ['of', 'over'] as const) {
        const text = part === 'of' ? of.of : of.measure === 'ratio' ? of.over : undefined;
        if (text !== undefined)
          found.push({ pipeline, path: `detectors.${name}.measures.${measure}.${part}`, text, record: wide });
      }
  }
  return found;
}

async function isFile(path: string, { fs }: Effects): Promise<boolean> {
  return (await fs.stat(path).catch(() => undefined)) !== undefined;
}

/** Only in a home that is there: to look at definitions makes none. Where it can't be written, the next call looks again. */
async function remember(path: string, cache: string, { fs, log }: Effects): Promise<void> {
  try {
    if ((await fs.stat(join(cache, '..')).catch(() => undefined)) === undefined) return;
    await fs.mkdir(cache, { recursive: true });
    await fs.writeFile(path, '{}\n');
  } catch (error) {
    log.log('debug', 'what was found sound could not be remembered', { path, error: String(error) });
  }
}
