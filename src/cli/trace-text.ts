import { formatDuration } from '../base/units.ts';
import {
  type DeliveryPlace,
  type JobPlace,
  outcomes,
  type RecordTrace,
  type StreamPlace,
  type TraceAnswer,
} from '../ledger/record-trace.ts';
import type { Style } from './output.ts';

/** Records as timelines, one under the other, with what was looked in. */
export function traceText(answer: TraceAnswer, elapsedMs: number, style: Style): string {
  const { records, lookedIn, skipped, scanned, more } = answer;
  const how = scanned ? 'scanned' : 'looked in';
  return [
    ...records.map((record) => recordText(record, style)),
    ...(more ? [style.yellow('There are more; these are the first.')] : []),
    ...(skipped.length === 0 ? [] : [style.dim(`not looked in (--all does): ${skipped.join('; ')}`)]),
    style.dim(`${how} ${lookedIn.join('; ')} in ${formatDuration(elapsedMs)}`),
  ].join('\n\n');
}

function recordText({ key, outcome, stream, delivery, jobs }: RecordTrace, style: Style): string {
  const name =
    key === undefined
      ? 'a record that has no readable key'
      : Object.entries(key)
          .map(([field, value]) => `${field}=${value}`)
          .join(' ');
  const paint = {
    delivered: style.green,
    landed: style.green,
    passed: style.green,
    pending: style.yellow,
    quarantined: style.red,
    deduplicated: style.yellow,
    erased: style.yellow,
    expired: style.yellow,
    missing: style.red,
    lost: style.red,
  };
  const steps = [
    ...streamSteps(stream),
    ...(delivery === undefined ? [] : deliverySteps(delivery)),
    ...jobs.flatMap(jobSteps),
  ];
  const width = Math.max(...steps.map(({ where }) => where.length));
  const lines = steps.map(({ atMs, where, what }, i) => {
    const rail = i === steps.length - 1 ? '└' : i === 0 ? '┌' : '├';
    const time = atMs === undefined ? ' '.repeat(24) : new Date(atMs).toISOString();
    return `  ${style.dim(rail)} ${style.dim(time)}  ${style.bold(where.padEnd(width))}  ${what}`;
  });
  return [`${style.bold(name)}  ${paint[outcome](outcome)} ${style.dim(`(${outcomes[outcome]})`)}`, ...lines].join(
    '\n',
  );
}

interface Step {
  readonly atMs?: number;
  readonly where: string;
  readonly what: string;
}

function at(atMs: number | undefined): { readonly atMs?: number } {
  return atMs === undefined ? {} : { atMs };
}

function streamSteps({
  topic,
  partition,
  position,
  source,
  sequence,
  arrivalMs,
  appendedMs,
  note,
}: StreamPlace): Step[] {
  const place = partition === undefined ? topic : `${topic}/${partition}/${position}`;
  return [
    {
      ...at(arrivalMs),
      where: 'arrived',
      what: source === undefined ? (note ?? place) : `from ${source}, sequence ${sequence}`,
    },
    ...(partition === undefined ? [] : [{ ...at(appendedMs), where: 'stream', what: place }]),
    ...(note !== undefined && source !== undefined ? [{ where: '', what: note }] : []),
  ];
}

function deliverySteps(place: DeliveryPlace): Step[] {
  const { series, commit, flush, plannedMs, committedMs, object, row, holds, reason } = place;
  return [
    { ...at(plannedMs), where: 'planned', what: `flush ${flush} of plan ${commit} of ${series}` },
    {
      atMs: committedMs,
      where: holds === 'error' ? 'error prefix' : 'object',
      what: `${object}, row ${row}${reason === undefined ? '' : `: ${reason}`}`,
    },
  ];
}

const goneTexts = { expired: 'has expired', missing: 'is gone' } as const;

function jobSteps(place: JobPlace): Step[] {
  const { job, fate, commit, committedMs, table, partition, object, row, quarantine, winner, restated, gone } = place;
  if (fate === 'pending') return [{ where: job, what: 'has not read it yet' }];
  const told = { ...at(committedMs), where: job };
  if (fate === 'expired' || fate === 'missing')
    return [{ ...told, what: `commit ${commit}: read; what it made of it ${goneTexts[fate]}` }];
  const since = gone === undefined ? '' : `, which ${goneTexts[gone]}`;
  const beside = winner === undefined ? '' : `; ${winner.fate} is row ${winner.row} of ${winner.object}`;
  const again = restated.map(({ commit: n, committedMs: atMs }) => ({
    atMs,
    where: 'restated',
    what: `its partition, by commit ${n} of ${job}`,
  }));
  if (fate === 'written')
    return [
      { ...told, what: `commit ${commit}: written` },
      {
        where: table ?? 'table',
        what: `${object ?? partition ?? ''}${row === undefined ? '' : `, row ${row}`}${since}`,
      },
      ...again,
    ];
  if (fate === 'deduplicated') return [{ ...told, what: `commit ${commit}: the same record again${beside}` }, ...again];
  return [
    { ...told, what: `commit ${commit}: ${fate}${beside}` },
    {
      where: 'quarantine',
      what:
        quarantine === undefined
          ? (partition ?? '')
          : `${quarantine.object}${quarantine.row === undefined ? '' : `, row ${quarantine.row}`}`,
    },
    ...again,
  ];
}
