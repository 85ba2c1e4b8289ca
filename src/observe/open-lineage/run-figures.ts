import type { RunData, RunKind } from '../../orchestrate/runs.ts';

/** What was expected of the rows that a run read, and whether all of them met it. */
export interface Assertion {
  readonly assertion: string;
  readonly success: boolean;
  readonly column?: string;
}

/** What a run did, counted. */
export interface RunFigures {
  readonly read?: number;
  readonly written?: number;
  readonly sizeBytes?: number;
  readonly assertions?: readonly Assertion[];
}

/** Each kind's output, read by the names that its handler writes. */
export const runFigures: Readonly<Record<RunKind, (output: RunData) => RunFigures>> = {
  source: (output) => counted({ written: output['logged'] ?? output['rows'] ?? output['records'] }),
  delivery: ({ delivered, errored, storedBytes }) => {
    const read = typeof delivered === 'number' && typeof errored === 'number' ? delivered + errored : undefined;
    return {
      ...counted({ read, written: delivered, sizeBytes: storedBytes }),
      ...(typeof errored === 'number' ? { assertions: [{ assertion: 'deliverable', success: errored === 0 }] } : {}),
    };
  },
  crawler: () => ({}),
  lifecycle: () => ({}),
  job: ({ read, written, quarantined, checks }) => ({
    ...counted({ read, written }),
    assertions: [
      ...(typeof quarantined === 'number' ? [{ assertion: 'none quarantined', success: quarantined === 0 }] : []),
      ...checkAssertions(checks),
    ],
  }),
};

function counted(
  values: Readonly<Record<'read' | 'written' | 'sizeBytes', unknown>> | Readonly<Record<string, unknown>>,
): RunFigures {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => typeof value === 'number'));
}

/** What the checks of a job found: `{ check, verdict }` each. One that could not judge asserts nothing. */
function checkAssertions(checks: unknown): Assertion[] {
  if (!Array.isArray(checks)) return [];
  return checks.flatMap((each: unknown) => {
    if (typeof each !== 'object' || each === null) return [];
    const { check, verdict } = each as Readonly<Record<string, unknown>>;
    if (typeof check !== 'string' || (verdict !== 'passed' && verdict !== 'broken')) return [];
    return [{ assertion: check, success: verdict === 'passed' }];
  });
}
