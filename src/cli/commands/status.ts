import { counted, formatBytes, formatCount, formatDuration } from '../../base/units.ts';
import { type PipelineStatus, readStatus } from '../../check/status.ts';
import type { EventCounts } from '../../observe/open-lineage/event-store.ts';
import { readUnkept, type Unkept } from '../../observe/unkept.ts';
import type { Run, RunOutcome } from '../../orchestrate/runs.ts';
import type { Freshness } from '../../quality/freshness.ts';
import type { Command } from '../command.ts';
import { type GridCell, type GridColumn, grid } from '../grid.ts';
import type { Output, Style } from '../output.ts';
import { pipelinesNamed } from '../targets.ts';

export const command: Command = async (invocation, context) => {
  const engine = await context.engine();
  const statuses = await readStatus(engine, pipelinesNamed(engine.pipelines, invocation.argument(0)));
  const nowMs = context.effects.clock.now();
  const calledAs = context.host.calledAs(context.workingDirectory);
  const text = statuses.map((status) => pipelineText(status, nowMs, `${calledAs} doctor`, context.output)).join('\n\n');
  const told = engine.profile.lineage === undefined ? undefined : (await engine.lineage()).store.counts();
  const unkept = await readUnkept(engine.home.unkeptFile, engine.effects);
  return {
    data: {
      pipelines: statuses,
      ...(told === undefined ? {} : { lineage: told }),
      ...(unkept === undefined ? {} : { unkeptMetrics: unkept }),
    },
    text: [
      text === '' ? 'No pipeline is loaded.' : text,
      ...toldText(told, context.output.style),
      ...unkeptText(unkept, nowMs, context.output.style),
    ].join('\n\n'),
  };
};

/** How much was measured that the history could not take. */
function unkeptText(unkept: Unkept | undefined, nowMs: number, style: Style): string[] {
  if (unkept === undefined) return [];
  const { measurements, lastMs, why } = unkept;
  const line = `${counted(measurements, 'measurement')} not kept, the last ${ago(nowMs - lastMs)}: ${why}`;
  return [`${style.bold('metrics')}  ${style.yellow(line)}`];
}

/** Whether the lineage endpoint has what runs told. */
function toldText(told: EventCounts | undefined, style: Style): string[] {
  if (told === undefined) return [];
  const { pending, refused, error } = told;
  const parts = [
    ...(pending === 0 ? [] : [`${counted(pending, 'event')} still to be sent`]),
    ...(refused === 0 ? [] : [`${counted(refused, 'event')} refused`]),
    ...(error === undefined ? [] : [error]),
  ];
  const line = parts.length === 0 ? style.green('all events taken') : style.yellow(parts.join(', '));
  return [`${style.bold('lineage endpoint')}  ${line}`];
}

const numeric = (title: string) => ({ title, align: 'right' as const });

function pipelineText(status: PipelineStatus, nowMs: number, doctor: string, output: Output): string {
  const { style, columns: maxWidth } = output;
  const paint = { header: style.dim, rule: style.dim };
  const table = (columns: readonly GridColumn[], rows: readonly GridCell[][]): string[] =>
    rows.length === 0 ? [] : [grid(columns, rows, { indent: '  ', maxWidth, paint }), ''];
  const lines = [
    style.bold(status.pipeline),
    '',
    ...table(
      [{ title: 'stream' }, numeric('partitions'), numeric('records'), { title: 'last arrival' }],
      status.streams.map(({ address, partitions, depth, atMost, lastArrivalMs }) => [
        nameOf(address),
        formatCount(partitions),
        `${atMost === true && depth > 0 ? '≤ ' : ''}${formatCount(depth)}`,
        lastArrivalMs === undefined ? '—' : instant(lastArrivalMs),
      ]),
    ),
    ...table(
      [{ title: 'delivery' }, numeric('pending'), { title: 'last flush' }, { title: 'freshness' }],
      status.deliveries.map(({ address, pending, lastFlushMs, lagMs, freshness, gaps }) => [
        nameOf(address),
        formatCount(pending),
        lastFlushMs === undefined ? '—' : ago(nowMs - lastFlushMs),
        gaps > 0
          ? { text: `LOST RECORDS: ${doctor}`, paint: style.red }
          : freshnessText(freshness, lagMs, pending, style),
      ]),
    ),
    ...table(
      [
        { title: 'table' },
        numeric('partitions'),
        numeric('rows'),
        numeric('size'),
        { title: 'newest partition', apart: 'below' },
      ],
      status.tables.map(({ table: name, partitions, rows, sizeBytes, newestPartition }) => [
        name,
        partitions === 0 ? '—' : formatCount(partitions),
        formatCount(rows),
        formatBytes(sizeBytes),
        newestPartition === undefined || newestPartition === '' ? '—' : newestPartition,
      ]),
    ),
    ...table(
      [{ title: 'last run' }, { title: 'outcome' }, numeric('took'), { title: 'started' }, { title: 'by' }],
      status.lastRuns.map((run) => runRow(run, nowMs, style)),
    ),
  ];
  return lines.slice(0, -1).join('\n');
}

function runRow(run: Run, nowMs: number, style: Style): GridCell[] {
  const paint: Readonly<Record<RunOutcome, (text: string) => string>> = {
    running: style.cyan,
    succeeded: style.green,
    failed: style.red,
    interrupted: style.yellow,
    lost: style.red,
  };
  return [
    nameOf(run.address),
    { text: run.outcome, paint: paint[run.outcome] },
    run.durationMs === undefined ? '' : formatDuration(run.durationMs),
    ago(nowMs - run.startedMs),
    nameOf(run.trigger),
  ];
}

function freshnessText(
  freshness: Freshness | undefined,
  lagMs: number | undefined,
  pending: number,
  style: Style,
): GridCell {
  if (freshness === undefined || lagMs === undefined) return '—';
  const paint = { FRESH: style.green, WARNING: style.yellow, DELAYED: style.red }[freshness];
  return { text: `${freshness}, ${pending === 0 ? 'nothing waits' : `${formatDuration(lagMs)} behind`}`, paint };
}

function ago(ms: number): string {
  return ms < 1000 ? 'now' : `${formatDuration(ms)} ago`;
}

function instant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function nameOf(address: string): string {
  return address.slice(address.indexOf('.') + 1);
}
