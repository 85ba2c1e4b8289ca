import { counted } from '../base/units.ts';
import type { DoubtfulChecks } from '../pipeline/validate/doubtful-checks.ts';

/** A line for each check that seems to tell no rows apart; none where there is none. */
export function doubtfulText({ constant, suspect }: DoubtfulChecks): readonly string[] {
  return [
    ...constant.map(
      ({ address, check, never }) =>
        `${address}: the check ${check} can never ${never === 'fails' ? 'fail' : 'pass'} on what the record type lets in`,
    ),
    ...suspect.map(
      ({ address, check, never, rows }) =>
        `${address}: the check ${check} is suspect: of ${counted(rows, 'made-up row')}, ${never === 'fails' ? 'none breaks it' : 'all break it'}`,
    ),
  ];
}
