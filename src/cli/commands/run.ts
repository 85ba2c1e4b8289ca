import { PlayheadError } from '../../base/errors.ts';
import { counted, formatCount } from '../../base/units.ts';
import { applyDefinitions } from '../../pipeline/apply/apply.ts';
import { resolveAddress } from '../../pipeline/graph/address.ts';
import { type EngineRunner, engineRunner } from '../../pipeline/run/handlers.ts';
import type { SessionArguments } from '../../pipeline/run/session-arguments.ts';
import type { SourceOutput } from '../../pipeline/run/source-output.ts';
import type { JobRun } from '../../transform/run-job.ts';
import type { Command, CommandResult } from '../command.ts';
import type { Context } from '../context.ts';
import { restatedText } from '../restated-text.ts';
import { simulationArguments, warnOfIncidents } from '../simulation-options.ts';
import { UnjudgedChecks } from '../unjudged-checks.ts';

export const command: Command = async (invocation, context) => {
  const engine = await context.engine();
  const { address, kind, definition } = resolveAddress(engine.pipelines, invocation.argument(0) ?? '', [
    'job',
    'source',
  ]);
  const given = simulationArguments(invocation, context.workingDirectory);
  if (kind === 'job' && Object.keys(given).length > 0) {
    throw new PlayheadError('PH_USAGE', `${address} is a job: it takes no options, it goes on from its last commit`);
  }
  if (definition.kind === 'source' && definition.source === 'sessions') warnOfIncidents(given, definition, context);
  await applyDefinitions(engine);
  const run = await engineRunner(engine);
  return kind === 'job' ? runJob(address, run, context) : runSource(address, given, run, context);
};

async function runJob(address: string, run: EngineRunner, context: Context): Promise<CommandResult> {
  const progress = context.progress();
  progress.update(`running ${address}`);
  const request = { address, kind: 'job', trigger: 'command', arguments: {} } as const;
  const output = await run(request, context.signal).finally(() => progress.end());
  const runs = [{ address, ...output }, ...output.downstream];
  const unjudged = new UnjudgedChecks();
  for (const each of runs) unjudged.add(each.address, each.checks);
  const calledAs = context.host.calledAs(context.workingDirectory);
  const texts = runs.map((each) => jobText(each.address, each, calledAs));
  const text = [...texts, ...restatedText(runs), ...unjudged.lines(context.output.style)].join('\n');
  return { data: { address, ...output }, text };
}

async function runSource(
  address: string,
  given: SessionArguments,
  run: EngineRunner,
  context: Context,
): Promise<CommandResult> {
  const progress = context.progress();
  progress.update(`running ${address}`);
  const request = { address, kind: 'source', trigger: 'command', arguments: { ...given } } as const;
  const output = await run(request, context.signal, ({ records, share }) => {
    const done = share === undefined ? '' : `${Math.floor(share * 100)} %, `;
    progress.update(`${address}: ${done}${counted(records, 'record')}`);
  }).finally(() => progress.end());
  return { data: { address, ...output }, text: sourceText(address, output) };
}

function jobText(address: string, output: JobRun, calledAs: string): string {
  const { read, replayed, written, quarantined, deduplicated, partitions, restated } = output;
  if (output.commits.length === 0) return `${address}: nothing new`;
  if (partitions.length + read + replayed === 0) return `${address}: up to date`;
  const parts = [
    `${counted(read, 'row')} read`,
    // A replay that was cut off is finished by whoever runs the job next.
    ...(replayed === 0 ? [] : [`${counted(replayed, 'record')} of its quarantine replayed`]),
    partitions.length === 0
      ? 'none written'
      : `${formatCount(written)} written to ${counted(partitions.length, 'partition')}`,
    ...(restated.length === 0 ? [] : [`${formatCount(restated.length)} of them restated`]),
    ...(deduplicated === 0 ? [] : [`${formatCount(deduplicated)} deduplicated`]),
    ...(quarantined === 0 ? [] : [`${formatCount(quarantined)} quarantined`]),
  ];
  const reasons = quarantined === 0 ? '' : `\n  why: ${calledAs} quarantine list ${address}`;
  return `${address}: ${parts.join(', ')}${reasons}`;
}

function sourceText(address: string, output: SourceOutput): string {
  if (output.kind === 'seed-table') {
    const rows = counted(output.rows, 'row');
    return output.made ? `${address}: made ${rows}` : `${address}: ${rows}, made before from the same inputs`;
  }
  if (output.kind === 'rest') return restText(address, output);
  if (output.kind === 'test-payload') {
    const reference = output.fromCache ? 'reference data from the cache' : 'reference data read anew';
    return `${address}: ${counted(output.logged, 'test record')} sent; ${reference}`;
  }
  const { records, logged, resent, fromMs, toMs } = output;
  const range = `${instant(fromMs)} to ${instant(toMs)}`;
  if (records === 0) return `${address}: no records from ${range}`;
  if (logged === 0) return `${address}: ${formatCount(resent)} records from ${range} were in the log already`;
  const before = resent === 0 ? '' : `, ${formatCount(resent)} were there before`;
  return `${address}: ${counted(logged, 'record')} logged, ${range}${before}`;
}

function restText(
  address: string,
  { execution, pages, records, endpoints }: Extract<SourceOutput, { kind: 'rest' }>,
): string {
  if (pages === 0) return `${address}: nothing new, execution ${execution} has every page`;
  const parts = Object.entries(endpoints).map(([name, each]) => {
    const capped = each.capped ? ', no further by its maxPages' : '';
    const before = each.before === 0 ? '' : `, ${formatCount(each.before)} of them before`;
    return `\n  ${name}: ${counted(each.records, 'record')} on ${counted(each.pages, 'page')}${before}${capped}`;
  });
  return `${address}: ${counted(records, 'record')} on ${counted(pages, 'page')} taken, execution ${execution}${parts.join('')}`;
}

function instant(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}
