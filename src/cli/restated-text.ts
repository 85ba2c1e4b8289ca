import { counted, formatCount } from '../base/units.ts';
import type { JobRun } from '../transform/run-job.ts';

const mostNamed = 4;

/** What was written anew, in the job's table and in all that hangs on it: nothing where nothing was. */
export function restatedText(runs: readonly (JobRun & { readonly address: string })[]): readonly string[] {
  const parts = runs.flatMap(({ address, restated }) => {
    if (restated.length === 0) return [];
    const named = restated.slice(0, mostNamed).map((values) => values.join('/') || 'all of it');
    const more = restated.length - named.length;
    return `${counted(restated.length, 'partition')} of ${address} (${named.join(', ')}${more === 0 ? '' : ` and ${formatCount(more)} more`})`;
  });
  return parts.length === 0 ? [] : [`restated ${parts.join(', and ')}`];
}
