import { suggestion } from '../base/nearest.ts';
import { days, hours } from '../base/units.ts';
import { type DetectorDefinition, everywhere, warmUpOf } from './definition.ts';

interface DetectorProblem {
  readonly path: string;
  readonly message: string;
}

/** What is wrong with a detector's settings beyond their shape. */
export function detectorProblems(detector: DetectorDefinition): readonly DetectorProblem[] {
  const { dimensions, measures, names } = detector;
  const problems: DetectorProblem[] = timeProblems(detector);
  const known = (path: string, name: string, candidates: readonly string[], what: string): void => {
    if (!candidates.includes(name))
      problems.push({ path, message: `the detector has no ${what} "${name}". ${suggestion(name, candidates)}` });
  };
  if (Object.keys(measures).length === 0) problems.push({ path: 'measures', message: 'there is nothing to watch' });
  for (const [name, measure] of Object.entries(measures)) {
    const { by, leastChange } = measure;
    const warmUpMs = warmUpOf(detector, measure);
    if (warmUpMs !== detector.warmUpMs && (warmUpMs < hours(1) || warmUpMs > detector.learnMs))
      problems.push({
        path: `measures.${name}.warmUpMs`,
        message: 'a share takes an hour at least, and no more than what is learned from',
      });
    for (const [i, each] of by.entries())
      known(`measures.${name}.by[${i}]`, each, Object.keys(dimensions), 'dimension');
    if (leastChange !== undefined) problems.push(...changeProblems(`measures.${name}.leastChange`, leastChange));
  }
  for (const [kind, name] of Object.entries(names)) {
    known(`names.${kind}.measure`, name.measure, Object.keys(measures), 'measure');
    const places = [everywhere, ...(measures[name.measure]?.by ?? [])];
    for (const [i, place] of name.in.entries()) {
      if (measures[name.measure] !== undefined && !places.includes(place))
        problems.push({
          path: `names.${kind}.in[${i}]`,
          message: `${name.measure} is not judged by "${place}". ${suggestion(place, places)}`,
        });
    }
  }
  if (everywhere in dimensions)
    problems.push({ path: `dimensions.${everywhere}`, message: 'is the name of what has no dimension' });
  const { falseAlarmsPerDay, leastChange } = detector.sensitivity;
  if (!(falseAlarmsPerDay > 0 && falseAlarmsPerDay <= 24))
    problems.push({ path: 'sensitivity.falseAlarmsPerDay', message: 'must be above 0, at most 24' });
  return [...problems, ...changeProblems('sensitivity.leastChange', leastChange)];
}

function timeProblems({ stepMs, windowsMs, learnMs, warmUpMs }: DetectorDefinition): DetectorProblem[] {
  const problems: DetectorProblem[] = [];
  if (hours(1) % stepMs !== 0) problems.push({ path: 'stepMs', message: 'an hour must be a number of whole steps' });
  for (const [i, windowMs] of windowsMs.entries()) {
    if (windowMs % stepMs !== 0 || windowMs > days(1))
      problems.push({ path: `windowsMs[${i}]`, message: 'a window is a number of whole steps, and at most a day' });
  }
  if (learnMs % days(1) !== 0) problems.push({ path: 'learnMs', message: 'must be a number of whole days' });
  if (warmUpMs < days(2) || warmUpMs > learnMs)
    problems.push({
      path: 'warmUpMs',
      message: 'a daily pattern takes two days at least, and no more than what is learned from',
    });
  return problems;
}

function changeProblems(path: string, leastChange: number): DetectorProblem[] {
  return leastChange > 1
    ? []
    : [{ path, message: 'must be above 1: a factor by which a figure differs from the usual' }];
}
