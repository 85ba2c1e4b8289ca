import { counted, formatCount, formatDuration } from '../base/units.ts';
import {
  type DeliveryPlace,
  type DerivedPlace,
  type JobPlace,
  outcomes,
  type PassedFlush,
  type RecordTrace,
  type StreamPlace,
  type TakenPlace,
  type TraceAnswer,
} from '../ledger/record-trace.ts';
import { foldedWords } from './fold.ts';
import type { Output, Style } from './output.ts';

/** Records as timelines, one under the other, with what was looked in. */
export function traceText(
  answer: TraceAnswer,
  elapsedMs: number,
  { style, columns }: Pick<Output, 'style' | 'columns'>,
): string {
  const { records, lookedIn, skipped, scanned, more } = answer;
  const how = scanned ? 'scanned' : 'looked in';
  return [
    ...records.map((record) => recordText(record, style, columns)),
    ...(more ? [style.yellow('There are more; these are the first.')] : []),
    ...(skipped.length === 0 ? [] : [style.dim(`not looked in (--all does): ${skipped.join('; ')}`)]),
    style.dim(`${how} ${lookedIn.join('; ')} in ${formatDuration(elapsedMs)}`),
  ].join('\n\n');
}

function recordText(record: RecordTrace, style: Style, columns: number): string {
  const { outcome, stream, delivery, taken, passed, jobs, derived = [] } = record;
  const paint = {
    delivered: style.green,
    landed: style.green,
    passed: style.green,
    pending: style.yellow,
    quarantined: style.red,
    deduplicated: style.yellow,
    superseded: style.yellow,
    erased: style.yellow,
    expired: style.yellow,
    missing: style.red,
    lost: style.red,
  };
  const steps = [
    ...(stream === undefined ? [] : streamSteps(stream)),
    ...(taken === undefined ? [] : takenSteps(taken)),
    ...(delivery === undefined ? [] : deliverySteps(delivery)),
    ...(passed === undefined ? [] : passedSteps(passed)),
    ...jobs.flatMap(jobSteps),
    ...derivedSteps(derived),
  ];
  const title = `${style.bold(nameOf(record))}  ${paint[outcome](outcome)} ${style.dim(`(${outcomes[outcome]})`)}`;
  return [title, ...timeline(steps, style, columns)].join('\n');
}

function nameOf({ key, textMatch }: RecordTrace): string {
  const told = (values: Readonly<Record<string, string>>): string =>
    Object.entries(values)
      .map(([field, value]) => `${field}=${value}`)
      .join(' ');
  if (key !== undefined) return told(key);
  return textMatch === undefined
    ? 'a record that has no readable key'
    : `text that could not be parsed and matches ${told(textMatch)}`;
}

/** Rail, space, and a time with the space after it. */
const railWidth = 4;
const timeWidth = 26;

/** A line a step, all in columns; where one would be too wide, each as short as it goes, and what doesn't fit beside it below. */
function timeline(steps: readonly Step[], style: Style, columns: number): readonly string[] {
  const widest = Math.max(...steps.map(({ where }) => where.length));
  const fits = steps.every(({ what }) => railWidth + timeWidth + widest + 2 + what.length <= columns);
  return steps.flatMap(({ atMs, where, what }, i) => {
    const isLast = i === steps.length - 1;
    const rail = style.dim(`  ${isLast ? '└' : i === 0 ? '┌' : '├'} `);
    const time = atMs === undefined ? '' : new Date(atMs).toISOString();
    if (fits) return [`${rail}${style.dim(time.padEnd(timeWidth))}${style.bold(where.padEnd(widest))}  ${what}`];
    const head = `${rail}${time === '' ? '' : style.dim(`${time}  `)}${style.bold(where)}`;
    const headWidth = railWidth + (time === '' ? 0 : timeWidth) + where.length;
    if (headWidth + 2 + what.length <= columns) return [`${head}  ${what}`];
    const folds = foldedWords(what, columns - railWidth - 2);
    const below = style.dim(isLast ? '      ' : '  │   ');
    return [
      head + (where === '' ? `  ${folds[0]}` : ''),
      ...folds.slice(where === '' ? 1 : 0).map((words) => below + words),
    ];
  });
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

function takenSteps(place: TakenPlace): Step[] {
  const { source, commit, execution, endpoint, page, receivedMs, committedMs, object, element } = place;
  return [
    { atMs: receivedMs, where: 'answered', what: `page ${page} of ${endpoint}, execution ${execution}` },
    { atMs: committedMs, where: 'object', what: `${object}, element ${element}; commit ${commit} of ${source}` },
  ];
}

function derivedSteps(places: readonly DerivedPlace[]): Step[] {
  const listed = places.slice(0, mostListed).map(({ table, job, commit, committedMs, object, row }): Step => {
    const made = row === undefined ? `made from it: ${object}` : `${object}, row ${row} is of its key`;
    return { atMs: committedMs, where: table, what: `${made}; commit ${commit} of ${job}` };
  });
  const others = places.length - listed.length;
  return others === 0 ? listed : [...listed, { where: '', what: `and ${counted(others, 'more partition')}` }];
}

/** At most so many objects of a flush, and partitions further down, are listed: `--json` has them all. */
const mostListed = 10;

function passedSteps({ series, commit, flush, plannedMs, committedMs, objects }: PassedFlush): Step[] {
  const ofPlan = flush === undefined ? '' : `flush ${flush} of plan ${commit} of ${series}`;
  const listed = objects.slice(0, mostListed).map(({ object, rows, erased, gone }, i): Step => {
    const since = erased === undefined ? '' : `, ${formatCount(erased)} erased since`;
    const left = gone === undefined ? '' : `, which ${goneTexts[gone]}`;
    const what = `${i === 0 ? 'one of' : 'or of'} ${counted(rows, 'row')}${since} of ${object}${left}`;
    return i === 0 ? { atMs: committedMs, where: 'object', what } : { where: '', what };
  });
  const others = objects.length - listed.length;
  return [
    ...(ofPlan === '' ? [] : [{ ...at(plannedMs), where: 'planned', what: ofPlan }]),
    ...listed,
    ...(others === 0 ? [] : [{ where: '', what: `or of ${counted(others, 'more object')}` }]),
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
  if (fate === 'deduplicated' || fate === 'superseded')
    return [{ ...told, what: `commit ${commit}: ${outcomes[fate]}${beside}` }, ...again];
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
