import { counted, formatDuration } from '../base/units.ts';
import type { ActOutcome, ChaosReport, RoundReport } from '../check/chaos/report.ts';
import type { Fault } from '../check/chaos/round-plan.ts';
import { grid } from './grid.ts';
import type { Style } from './output.ts';

/** A round in a line, with what did not hold under it. */
export function roundText({ round, acts, violations, elapsedMs, kept }: RoundReport, style: Style): string {
  const sign = violations.length === 0 ? style.green('✓') : style.red('✗');
  const did = acts.map(actText).join('; ');
  return [
    `${sign} ${String(round).padStart(3)}  ${did}  ${style.dim(formatDuration(elapsedMs))}`,
    ...violations.map(({ invariant, problem }) => `     ${style.red(invariant)}: ${problem}`),
    ...(kept === undefined ? [] : [`     its home: ${kept}`]),
  ].join('\n');
}

/** How often which fault met which work, and the verdict. */
export function chaosText(report: ChaosReport, style: Style, profileName = 'embedded'): string {
  const { pipeline, seed, records, rounds, passed, failed } = report;
  const met = new Map<string, { work: string; fault: string; tried: number; met: number }>();
  for (const act of rounds.flatMap(({ acts }) => acts)) {
    const fault = faultName(act.fault);
    const name = `${act.work} ${fault}`;
    const row = met.get(name) ?? { work: act.work, fault, tried: 0, met: 0 };
    met.set(name, { ...row, tried: row.tried + 1, met: row.met + (hasMet(act) ? 1 : 0) });
  }
  const rows = [...met.values()].sort((a, b) => (`${a.work} ${a.fault}` < `${b.work} ${b.fault}` ? -1 : 1));
  const table = grid(
    [{ title: 'process' }, { title: 'fault' }, { title: 'tried', align: 'right' }, { title: 'met', align: 'right' }],
    rows.map((row) => [row.work, row.fault, String(row.tried), String(row.met)]),
  );
  const by = profileName === 'embedded' ? '' : ` --profile ${profileName}`;
  const again = rounds
    .filter(({ violations }) => violations.length > 0)
    .map(({ round }) => `  playhead chaos ${pipeline} --seed ${seed} --round ${round}${by}`);
  const verdict =
    failed === 0
      ? `${style.green('✓')} ${counted(passed, 'round')} of ${counted(records, 'record')}: everything held (seed ${seed})`
      : `${style.red('✗')} ${failed} of ${counted(rounds.length, 'round')} did not hold; again:\n${again.join('\n')}`;
  return `${table}\n\n${verdict}`;
}

function hasMet({ fault, struckAt }: ActOutcome): boolean {
  return struckAt !== undefined || fault.kind === 'clock' || fault.kind === 'twins';
}

function actText({ work, fault, struckAt, ended }: ActOutcome): string {
  const at = fault.kind === 'strike' && fault.step === 'any' && struckAt !== undefined ? ` (${struckAt})` : '';
  return `${work}: ${faultName(fault)}${at}, ${ended}`;
}

function faultName(fault: Fault): string {
  switch (fault.kind) {
    case 'strike':
      return `${fault.signal} at ${fault.step}`;
    case 'moment':
      return `${fault.signal} at a moment`;
    case 'storage':
      return `storage ${fault.storage}`;
    case 'clock':
      return 'clock jump';
    case 'twins':
      return 'two at once';
    case 'damage':
      return `${fault.how} in ${fault.of}`;
  }
}
