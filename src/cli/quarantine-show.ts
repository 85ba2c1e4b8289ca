import { PlayheadError } from '../base/errors.ts';
import { type ErroredRecord, erroredRecordsOf } from '../pipeline/quarantine/errored-records.ts';
import { failedRecords, type QuarantinedRecord, quarantinedRecords } from '../pipeline/quarantine/quarantine.ts';
import { formatIssue } from '../record/issue.ts';
import type { CommandResult } from './command.ts';
import type { Context } from './context.ts';
import type { Invocation } from './invocation.ts';
import { deliveryNamed, recordJobNamed } from './quarantine-named.ts';

const mostShown = 20;

/** Records that are set aside, one a line, in the form in which they are edited and given back. */
export async function showQuarantine(
  address: string | undefined,
  invocation: Invocation,
  context: Context,
): Promise<CommandResult> {
  const engine = await context.engine();
  const limit = invocation.count('limit', 1) ?? mostShown;
  const where = invocation.text('where');
  const delivery = deliveryNamed(engine.pipelines, address);
  if (delivery !== undefined) {
    if (where !== undefined || invocation.flag('failed'))
      throw new PlayheadError('PH_USAGE', `${delivery.address} is a delivery: --where and --failed go with jobs`, {
        hint: 'What could not be parsed has no fields to ask for.',
      });
    const records = await collected(erroredRecordsOf(engine, delivery, limit));
    return shown({ delivery: delivery.address, records }, records.map(unparsedLine));
  }
  const job = recordJobNamed(engine.pipelines, address);
  const records = await collected(
    invocation.flag('failed')
      ? failedRecords(engine, job, limit)
      : quarantinedRecords(engine, job, { limit, ...(where === undefined ? {} : { where }) }),
  );
  return shown({ job: job.address, records }, records.map(editableLine));
}

async function collected<T>(found: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const one of found) all.push(one);
  return all;
}

function shown(data: object, lines: readonly string[]): CommandResult {
  return lines.length === 0 ? { data, text: 'No record.' } : { data, text: lines.join('\n'), isVerbatim: true };
}

/** The place, what is wrong, and the record's line. */
function editableLine({ source, row, reason, issues, text }: QuarantinedRecord): string {
  const said = issues.map((issue) => formatIssue({ ...issue, got: issue.got ?? 'nothing' }));
  return JSON.stringify({ source, row, reason, ...(said.length === 0 ? {} : { issues: said }), record: text });
}

/** Bytes that are no text are shown as they are kept. */
function unparsedLine({ source, row, reason, message, text, rawData }: ErroredRecord): string {
  return JSON.stringify({ source, row, reason, message, ...(text === null ? { rawData } : { text }) });
}
