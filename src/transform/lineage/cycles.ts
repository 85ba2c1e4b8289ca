/** A step from one node to another, by its own name: a job, from the table it reads to the one it writes. */
export interface Step {
  readonly name: string;
  readonly from: string;
  readonly into: string;
}

/** Every cycle of steps, each once, as the steps in order, the first one by the order given. */
export function cyclesOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  const cycles: Step[][] = [];
  const done = new Set<Step>();
  const walk = (step: Step, path: readonly Step[]): void => {
    const at = path.indexOf(step);
    if (at >= 0) {
      cycles.push(path.slice(at));
      return;
    }
    if (done.has(step)) return;
    for (const next of steps.filter(({ from }) => from === step.into)) walk(next, [...path, step]);
    done.add(step);
  };
  for (const step of steps) walk(step, []);
  return cycles;
}
