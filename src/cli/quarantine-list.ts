import { counted, formatCount } from '../base/units.ts';
import { type ErroredRecords, erroredRecords } from '../pipeline/quarantine/errored-records.ts';
import { type QuarantinedReason, quarantinedReasons } from '../pipeline/quarantine/quarantine.ts';
import { type FailedOutput, failedOutput } from '../transform/failed-output.ts';
import type { CommandResult } from './command.ts';
import type { Context } from './context.ts';
import { grid } from './grid.ts';
import type { Invocation } from './invocation.ts';
import type { Output } from './output.ts';
import { targets } from './targets.ts';

/** What is set aside and why: by everything, or by the pipeline, job or delivery that the address names. */
export async function listQuarantine(
  address: string | undefined,
  _: Invocation,
  context: Context,
): Promise<CommandResult> {
  const engine = await context.engine();
  const calledAs = context.host.calledAs(context.workingDirectory);
  const lake = await engine.lake();
  const reasons: QuarantinedReason[] = [];
  const errored: ErroredRecords[] = [];
  const failed: FailedOutput[] = [];
  for (const entry of targets(engine.pipelines, ['job', 'delivery'], address)) {
    if (entry.kind === 'delivery') {
      const records = await erroredRecords(engine, entry);
      if (records.records > 0) errored.push(records);
    } else {
      reasons.push(...(await quarantinedReasons(engine, entry)));
      const output = await failedOutput(lake, entry.address);
      if (output !== undefined) failed.push(output);
    }
  }
  const lines = [
    ...(reasons.length === 0 ? [] : [reasonsText(reasons, context.output)]),
    ...errored.map(
      ({ delivery, records }) =>
        `${delivery}: ${counted(records, 'record')} could not be parsed: ${calledAs} quarantine show ${delivery}`,
    ),
    ...failed.map((output) => failedText(output, calledAs)),
    ...[...new Set([...reasons, ...errored].flatMap(({ table }) => table ?? []))].map(
      (table) => `${calledAs} query "SELECT * FROM ${table}"`,
    ),
  ];
  return {
    data: { reasons, errored, failed },
    text: lines.length === 0 ? 'Nothing is in quarantine.' : lines.join('\n'),
  };
}

function reasonsText(reasons: readonly QuarantinedReason[], { columns, style }: Output): string {
  return grid(
    [
      { title: 'job' },
      { title: 'reason' },
      { title: 'records', align: 'right' },
      { title: 'for example', apart: 'below' },
    ],
    reasons.map(({ job, reason, records, example }) => [job, reason, formatCount(records), example ?? '']),
    { maxWidth: Math.min(160, columns), paint: { header: style.dim, rule: style.dim } },
  );
}

function failedText({ job, outcomes }: FailedOutput, calledAs: string): string {
  const broken = outcomes.filter(({ verdict, severity }) => verdict === 'broken' && severity === 'fail');
  const checks = broken.map(({ check }) => check).join(', ');
  return `${job}: the last run published nothing (${checks}): ${calledAs} quarantine show ${job} --failed`;
}
