import { formatDuration } from '../base/units.ts';
import type { AlarmRecord, Rehearsal, Transition } from '../observe/alarm-store.ts';
import type { BoundAlarm } from '../observe/evaluate-alarms.ts';
import { conditionText } from '../observe/judge-alarm.ts';
import type { NotificationQueue } from '../observe/notification-queue.ts';
import type { ReportedState } from '../observe/notifier.ts';
import type { Context } from './context.ts';
import { type GridCell, grid } from './grid.ts';
import type { Style } from './output.ts';

export interface AlarmRow {
  readonly alarm: BoundAlarm;
  readonly record: AlarmRecord | undefined;
  readonly rehearsal: Rehearsal | undefined;
}

/** Each alarm with its state, since when, its last value and why; and whether it was seen to fire. */
export function alarmsText(rows: readonly AlarmRow[], { output, effects }: Context): string {
  const { style } = output;
  const nowMs = effects.clock.now();
  const ago = (ms: number): string => `${formatDuration(Math.max(0, nowMs - ms))}`;
  const columns = [
    { title: 'alarm', apart: 'above' },
    { title: 'state' },
    { title: 'for', align: 'right' },
    { title: 'value', align: 'right' },
    { title: 'when', apart: 'below' },
    { title: 'why', apart: 'below' },
    { title: 'rehearsed' },
  ] as const;
  const cells = rows.map(({ alarm, record, rehearsal }): GridCell[] => [
    alarm.definition.name,
    record === undefined ? { text: 'never evaluated', paint: style.dim } : stateCell(record.state, style),
    record === undefined ? '' : ago(record.sinceMs),
    record?.value === undefined ? '' : shownValue(record.value),
    `${conditionText(alarm.definition)}, ${alarm.definition.datapointsToAlarm} of ${alarm.definition.evaluationPeriods} × ${formatDuration(alarm.definition.periodMs)}`,
    record?.reason ?? '',
    rehearsalCell(rehearsal, ago, style),
  ]);
  return grid(columns, cells, { maxWidth: output.columns, paint: { header: style.dim, rule: style.dim } });
}

function stateCell(state: ReportedState, style: Style): GridCell {
  const paint = {
    OK: style.green,
    ALARM: style.red,
    INSUFFICIENT_DATA: style.dim,
    EVALUATION_ERROR: style.yellow,
  }[state];
  return { text: state, paint };
}

function rehearsalCell(rehearsal: Rehearsal | undefined, ago: (ms: number) => string, style: Style): GridCell {
  if (rehearsal === undefined) return { text: 'never', paint: style.dim };
  const { passed, atMs } = rehearsal;
  return { text: `${passed ? '✓' : '✗'} ${ago(atMs)} ago`, paint: passed ? style.green : style.red };
}

/** `inFileAlone`: the profile binds no notifier, so that a file of the home takes what nobody is told. */
export function rehearsalsText(rehearsals: readonly Rehearsal[], inFileAlone: boolean, style: Style): string {
  const width = Math.max(0, ...rehearsals.map(({ alarm }) => alarm.length));
  const lines = rehearsals.map(({ alarm, passed, finding }) => {
    return `${passed ? style.green('✓') : style.red('✗')} ${alarm.padEnd(width)}  ${finding}`;
  });
  const failed = rehearsals.filter(({ passed }) => !passed).length;
  const all = rehearsals.length === 1 ? 'It' : `All ${rehearsals.length}`;
  if (failed > 0) lines.push('', style.red(`${failed} of ${rehearsals.length} would not be heard.`));
  else if (inFileAlone)
    lines.push(
      '',
      style.yellow(
        `${all} can fire, and no person hears of it: notifications.ndjson of the home alone takes what is told.`,
      ),
      '  → bind a notifier in playhead.config.ts to be told: docs/alarms.md shows how',
    );
  else lines.push('', style.green(`${all} can fire, and ${all === 'It' ? 'is' : 'are'} heard.`));
  return lines.join('\n');
}

/** What changed, and what was sent about it with what result, newest first; each alarm as notifications call it. */
export function historyText(
  transitions: readonly Transition[],
  notifications: readonly (ReturnType<NotificationQueue['notifications']>[number] & { readonly alarm: string })[],
  { output }: Context,
): string {
  const { style, columns: maxWidth } = output;
  const paint = { header: style.dim, rule: style.dim };
  if (transitions.length + notifications.length === 0) return 'No alarm has changed its state here yet.';
  const changed = grid(
    [
      { title: 'at', apart: 'above' },
      { title: 'alarm', apart: 'above' },
      { title: 'from' },
      { title: 'to' },
      { title: 'why', apart: 'below' },
    ],
    transitions.map(({ atMs, alarm, from, to, reason }) => [instant(atMs), alarm, from, stateCell(to, style), reason]),
    { maxWidth, paint },
  );
  if (notifications.length === 0) return changed;
  const sent = grid(
    [
      { title: 'at', apart: 'above' },
      { title: 'alarm', apart: 'above' },
      { title: 'of' },
      { title: 'to' },
      { title: 'outcome' },
      { title: 'tried', align: 'right' },
      { title: 'last error', apart: 'below' },
    ],
    notifications.map(({ alarm, notification, notifier, outcome, attempts, tried }) => [
      instant(notification.atMs),
      alarm,
      notification.rehearsal ? `rehearsed ${notification.to}` : notification.to,
      notifier,
      { text: outcome, paint: { sent: style.green, pending: style.yellow, failed: style.red }[outcome] },
      String(attempts),
      tried.findLast(({ error }) => error !== undefined)?.error ?? '',
    ]),
    { maxWidth, paint },
  );
  return `${changed}\n\n${sent}`;
}

export function shownValue(value: number): string {
  return String(Number(value.toPrecision(6)));
}

export function instant(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
