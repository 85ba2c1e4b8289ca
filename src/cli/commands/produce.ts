import { constants, createReadStream } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PlayheadError } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import { formatBytes, formatCount, mebibytes } from '../../base/units.ts';
import { applyDefinitions } from '../../pipeline/apply/apply.ts';
import { resolveAddress } from '../../pipeline/graph/address.ts';
import { type LineIssue, type ProduceReport, produceNdjson } from '../../source/ndjson.ts';
import type { LineFields } from '../../source/produced-line.ts';
import type { StreamDefinition } from '../../stream/definition.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { untilAborted } from '../input.ts';
import type { Style } from '../output.ts';

/** Issues that are shown one by one; all of them are counted, and `--json` lists as many. */
const shownIssues = 20;

export const command: Command = async (invocation, context) => {
  const engine = await context.engine();
  const { address, definition } = resolveAddress(engine.pipelines, invocation.argument(0) ?? '', ['stream']);
  const arrivalField = invocation.text('arrival-field');
  const arrival = arrivalField === undefined ? {} : arrivalFrom(definition, arrivalField, address);
  const source = invocation.text('source');
  const file = invocation.text('file');
  const input = await openInput(file, context);
  await applyDefinitions(engine);
  await engine.keeper.keep();
  const issues: LineIssue[] = [];
  let issueCount = 0;
  const progress = context.host.inputIsTerminal && file === undefined ? undefined : context.progress();
  const report = await produceNdjson(
    metered(input, (sizeBytes) => progress?.update(`producing into ${address}: ${formatBytes(sizeBytes)} read`)),
    await engine.stream(),
    {
      topic: definition.topic,
      signal: context.signal,
      ...(definition.key === undefined ? {} : { keyField: definition.key }),
      ...arrival,
      ...(source === undefined ? {} : { source }),
    },
    (issue) => {
      issueCount += 1;
      if (issues.length < shownIssues) issues.push(issue);
      if (issueCount <= shownIssues && !context.json)
        context.output.err(`${issueText(issue, context.output.errStyle)}\n`);
    },
    engine.effects,
  ).finally(() => progress?.end());
  if (issueCount > shownIssues && !context.json) {
    context.output.err(`  … and ${formatCount(issueCount - shownIssues)} more lines\n`);
  }
  return {
    data: { stream: address, ...report, issues },
    text: reportText(address, report),
    // These lines are not in the log: whoever sent them must notice.
    exitCode: report.refused + report.conflicting > 0 ? 1 : 0,
  };
};

/** The field, and what its numbers count. */
function arrivalFrom({ record }: StreamDefinition, field: string, address: string): Omit<LineFields, 'keyField'> {
  const declared = record.fields[field];
  if (declared !== undefined) {
    const isEpoch = declared.type === 'bigint' && declared.epoch !== undefined;
    return { arrivalField: field, ...(isEpoch ? { arrivalUnit: declared.epoch } : {}) };
  }
  const fields = Object.keys(record.fields);
  const near = nearest(field, fields);
  throw new PlayheadError('PH_USAGE', `--arrival-field ${field}: the records of ${address} have no such field`, {
    hint: near === undefined ? `They have: ${fields.join(', ')}.` : `Did you mean "${near}"?`,
  });
}

async function openInput(file: string | undefined, context: Context): Promise<AsyncIterable<Uint8Array>> {
  if (file === undefined || file === '-') {
    if (context.host.inputIsTerminal)
      context.output.err('Reading records from the terminal, a line each; Ctrl-D ends.\n');
    return context.host.input;
  }
  const path = resolve(context.workingDirectory, file);
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw new PlayheadError('PH_USAGE', `--file ${file} cannot be read`, { cause });
  });
  if ((await stat(path)).isDirectory()) {
    throw new PlayheadError('PH_USAGE', `--file ${file} is a folder`, {
      hint: 'Name a file with one JSON object a line; or pipe several into `playhead produce`.',
    });
  }
  return untilAborted(createReadStream(path, { highWaterMark: mebibytes(4) }), context.signal);
}

/** The same bytes; says how many have come. */
async function* metered(
  input: AsyncIterable<Uint8Array>,
  onRead: (sizeBytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0;
  for await (const piece of input) {
    sizeBytes += piece.length;
    onRead(sizeBytes);
    yield piece;
  }
}

function issueText({ line, rule, refused, message }: LineIssue, { yellow, red, dim }: Style): string {
  if (refused) return `${red('✗')} line ${line}: ${message} (${red('not logged')})`;
  const fate = rule === 'no_arrival_time' ? 'logged as of now' : 'logged; delivery puts it under the error prefix';
  return `${yellow('!')} line ${line}: ${message} (${dim(fate)})`;
}

function reportText(address: string, report: ProduceReport): string {
  const { source, lines, logged, erased, resent, conflicting, blank, refused, doubtful } = report;
  const parts = [
    `${formatCount(logged)} logged`,
    ...(erased === 0 ? [] : [`${formatCount(erased)} of them about people who were erased, and not kept`]),
    ...(resent === 0 ? [] : [`${formatCount(resent)} there before`]),
    ...(conflicting === 0 ? [] : [`${formatCount(conflicting)} in conflict with what is there`]),
    ...(blank === 0 ? [] : [`${formatCount(blank)} blank`]),
    ...(refused === 0 ? [] : [`${formatCount(refused)} refused`]),
  ];
  const doubts = doubtful === 0 ? '' : `; ${formatCount(doubtful)} of them doubtful`;
  const advice =
    conflicting === 0
      ? ''
      : `\nThe source ${source} has sent other records by these line numbers: send new input under another --source.`;
  return `${address}: ${formatCount(lines)} ${lines === 1 ? 'line' : 'lines'}: ${parts.join(', ')}${doubts}${advice}`;
}
