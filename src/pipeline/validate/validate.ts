import { PlayheadError } from '../../base/errors.ts';
import { suggestion } from '../../base/nearest.ts';
import type { PipelineDefinition } from '../definition.ts';
import { type Addressed, addressed } from '../graph/address.ts';
import { namePattern, type Section, sectionKinds } from '../shape/sections.ts';
import { isObject, type Problem } from '../shape/shape.ts';
import { shapes } from '../shape/shapes.ts';
import { checkCycles, checkOwnership } from './ownership.ts';
import { checkReferences } from './references.ts';

/** A problem of a pipeline; `file` where it is known which file declares it. */
export interface PipelineProblem extends Problem {
  readonly pipeline: string;
  readonly file?: string;
}

/**
 * Checks the whole graph and returns every problem, in the order of the definitions. What is misshapen is not looked
 * into any further: a rule must be able to trust what it reads. A setting that nobody knows spoils only the one that it meant.
 */
export function pipelineProblems(
  pipelines: readonly PipelineDefinition[],
  files: ReadonlyMap<string, string> = new Map(),
): readonly PipelineProblem[] {
  const problems: PipelineProblem[] = [];
  const reportFor = (pipeline: string) => (problem: Problem) => {
    const file = files.get(pipeline);
    problems.push({ ...problem, pipeline, ...(file === undefined ? {} : { file }) });
  };
  for (const pipeline of pipelines) checkShape(pipeline, reportFor(pipeline.name));
  checkPipelineNames(pipelines, reportFor);
  const all = addressed(pipelines.filter((pipeline) => Object.keys(sectionKinds).every((key) => key in pipeline)));
  const shapeProblems = [...problems];
  const problemsOf = (entry: Addressed): readonly PipelineProblem[] =>
    shapeProblems.filter(
      ({ pipeline, path }) => pipeline === entry.pipeline && isWithin(`${entry.section}.${entry.name}`, path),
    );
  const isReadable = (entry: Addressed): boolean =>
    problemsOf(entry).every(({ unknownSetting }) => unknownSetting !== undefined);
  const readable = all.filter(isReadable);
  const broken = new Set(all.filter((entry) => !isReadable(entry)).map((entry) => entry.address));
  for (const entry of readable) {
    const meant = problemsOf(entry).flatMap(({ unknownSetting }) => unknownSetting?.meant ?? []);
    checkReferences(entry, { pipelines, broken }, (problem) => {
      // What is wrong there follows from the misspelling.
      if (!meant.some((path) => isWithin(path, problem.path))) reportFor(entry.pipeline)(problem);
    });
  }
  const sound = readable.filter((entry) => problemsOf(entry).length === 0);
  const reportAt = (entry: Addressed, path: string, message: string): void =>
    reportFor(entry.pipeline)({ path: `${entry.section}.${entry.name}.${path}`, message });
  checkOwnership(sound, pipelines, reportAt);
  checkCycles(sound, pipelines, reportAt);
  return problems;
}

function isWithin(place: string, path: string): boolean {
  return `${path}.`.startsWith(`${place}.`);
}

/** Throws PH_CONFIG_INVALID with every problem, a line each. */
export function assertValid(pipelines: readonly PipelineDefinition[], files?: ReadonlyMap<string, string>): void {
  failWith(pipelineProblems(pipelines, files));
}

/** Throws PH_CONFIG_INVALID with every problem, a line each; nothing where there is none. */
export function failWith(problems: readonly PipelineProblem[]): void {
  if (problems.length === 0) return;
  const byFile = Map.groupBy(problems, (problem) => problem.file ?? problem.pipeline);
  const lines = [...byFile].flatMap(([file, found]) => [
    file,
    ...found.map((problem) => `  ${problem.pipeline}: ${problem.path}: ${problem.message}`),
  ]);
  throw new PlayheadError(
    'PH_CONFIG_INVALID',
    `${problems.length === 1 ? 'a problem' : `${problems.length} problems`} in the definitions\n${lines.join('\n')}`,
    { details: { problems } },
  );
}

function checkShape(pipeline: PipelineDefinition, report: (problem: Problem) => void): void {
  if (!namePattern.test(pipeline.name))
    report({ path: 'name', message: `"${pipeline.name}": lower-case letters, digits, and single "-" or "_" between` });
  const known = ['name', ...Object.keys(sectionKinds)];
  for (const key of Object.keys(pipeline)) {
    if (!known.includes(key)) report({ path: key, message: `unknown section. ${suggestion(key, known.slice(1))}` });
  }
  const taken = new Map<string, string>();
  for (const section of Object.keys(sectionKinds) as Section[]) {
    const entries: unknown = pipeline[section];
    if (!isObject(entries)) {
      report({ path: section, message: 'expected an object of names and definitions' });
      continue;
    }
    for (const [name, definition] of Object.entries(entries)) {
      const path = `${section}.${name}`;
      const other = taken.get(name);
      if (other !== undefined) report({ path, message: `the name is taken by ${other}: one address, one thing` });
      taken.set(name, path);
      if (!namePattern.test(name))
        report({ path, message: 'a name has lower-case letters, digits, and single "-" or "_" between' });
      checkDefinition(section, definition, path, report);
    }
  }
}

function checkDefinition(
  section: Section,
  definition: unknown,
  path: string,
  report: (problem: Problem) => void,
): void {
  const kind = sectionKinds[section];
  const found = isObject(definition) ? definition['kind'] : undefined;
  // A delivery under `streams` would otherwise be reported once for every setting that it lacks.
  if (found !== kind && typeof found === 'string') {
    const home = (Object.keys(sectionKinds) as Section[]).find((each) => sectionKinds[each] === found);
    const hint = home === undefined ? '' : `; a ${found} stands under "${home}"`;
    report({ path, message: `expected a ${kind}, found a ${found}${hint}` });
  } else {
    shapes[kind](definition, path, report);
  }
}

function checkPipelineNames(
  pipelines: readonly PipelineDefinition[],
  reportFor: (pipeline: string) => (problem: Problem) => void,
): void {
  const seen = new Set<string>();
  for (const { name } of pipelines) {
    if (seen.has(name)) reportFor(name)({ path: 'name', message: 'two pipelines have this name' });
    seen.add(name);
  }
}
