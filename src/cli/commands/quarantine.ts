import { resolve } from 'node:path';
import { PlayheadError } from '../../base/errors.ts';
import { suggestion } from '../../base/nearest.ts';
import { counted, formatCount } from '../../base/units.ts';
import { type Addressed, addressed, resolveAddress } from '../../pipeline/address.ts';
import { applyDefinitions } from '../../pipeline/apply.ts';
import type { Engine } from '../../pipeline/bind.ts';
import { type ErroredRecord, erroredRecords, erroredRecordsOf } from '../../pipeline/errored-records.ts';
import {
  failedRecords,
  type QuarantinedRecord,
  quarantinedReasons,
  quarantinedRecords,
  type Repair,
  replayQuarantine,
} from '../../pipeline/quarantine.ts';
import { recordJobs } from '../../pipeline/writers.ts';
import { failedOutput } from '../../transform/failed-output.ts';
import type { Assignment, EditedRecord } from '../../transform/mending.ts';
import type { Command, CommandResult } from '../command.ts';
import type { Context } from '../context.ts';
import { grid } from '../grid.ts';
import type { Invocation } from '../invocation.ts';
import { restatedText } from '../restated-text.ts';
import { targets } from '../targets.ts';

type Action = (engine: Engine, invocation: Invocation, context: Context) => Promise<CommandResult>;

const actions: Readonly<Record<string, Action>> = { list, show, replay };

export const command: Command = async (invocation, context) => {
  const named = invocation.argument(0) ?? 'list';
  const action = Object.hasOwn(actions, named) ? actions[named] : undefined;
  if (action === undefined) {
    const hint = suggestion(named, Object.keys(actions));
    throw new PlayheadError('PH_USAGE', `no action of quarantine is called "${named}"`, { hint });
  }
  return action(await context.engine(), invocation, context);
};

async function list(engine: Engine, invocation: Invocation, { output }: Context): Promise<CommandResult> {
  const named = deliveryNamed(engine, invocation);
  const jobs = named === undefined ? targets(engine.pipelines, 'job', invocation.argument(1)) : [];
  const reasons = (await Promise.all(jobs.map((job) => quarantinedReasons(engine, job)))).flat();
  const all = invocation.argument(1) === undefined ? addressed(engine.pipelines, 'delivery') : [];
  const deliveries = named === undefined ? all : [named];
  const errored = (await Promise.all(deliveries.map((delivery) => erroredRecords(engine, delivery)))).filter(
    ({ records }) => records > 0,
  );
  const lake = await engine.lake();
  const failed = (await Promise.all(jobs.map(({ address }) => failedOutput(lake, address)))).filter(
    (output) => output !== undefined,
  );
  const table = grid(
    [
      { title: 'job' },
      { title: 'reason' },
      { title: 'records', align: 'right' },
      { title: 'for example', apart: 'below' },
    ],
    reasons.map(({ job, reason, records, example }) => [job, reason, formatCount(records), example ?? '']),
    { maxWidth: Math.min(160, output.columns) },
  );
  const kept = failed.map(({ job, outcomes }) => {
    const broken = outcomes.filter(({ verdict, severity }) => verdict === 'broken' && severity === 'fail');
    return `${job}: the last run published nothing: ${broken.map(({ check }) => check).join(', ')}. playhead quarantine show ${job} --failed`;
  });
  const unparsed = errored.map(
    ({ delivery, records }) =>
      `${delivery}: ${counted(records, 'record')} could not be parsed. playhead quarantine show ${delivery}`,
  );
  const asked = [...new Set([...reasons, ...errored].flatMap(({ table: name }) => name ?? []))].map(
    (name) => `playhead query "SELECT * FROM ${name}"`,
  );
  const lines = [...(reasons.length === 0 ? [] : [table]), ...asked, ...unparsed, ...kept];
  return {
    data: { reasons, errored, failed },
    text: lines.length === 0 ? 'Nothing is in quarantine.' : lines.join('\n'),
  };
}

const mostShown = 20;

async function show(engine: Engine, invocation: Invocation): Promise<CommandResult> {
  const delivery = deliveryNamed(engine, invocation);
  if (delivery !== undefined) return showErrored(engine, delivery, invocation);
  const job = jobNamed(engine, invocation);
  const limit = invocation.count('limit', 1) ?? mostShown;
  const where = invocation.text('where');
  const found = invocation.flag('failed')
    ? failedRecords(engine, job, limit)
    : quarantinedRecords(engine, job, { limit, ...(where === undefined ? {} : { where }) });
  const records: QuarantinedRecord[] = [];
  for await (const record of found) records.push(record);
  const lines = records.map((record) => JSON.stringify(edited(record)));
  return {
    data: { job: job.address, records },
    text: lines.length === 0 ? 'No record.' : lines.join('\n'),
  };
}

async function showErrored(
  engine: Engine,
  delivery: Addressed<'delivery'>,
  invocation: Invocation,
): Promise<CommandResult> {
  if (invocation.text('where') !== undefined || invocation.flag('failed'))
    throw new PlayheadError('PH_USAGE', `${delivery.address} is a delivery: --where and --failed go with jobs`, {
      hint: 'What could not be parsed has no fields to ask for.',
    });
  const records: ErroredRecord[] = [];
  for await (const record of erroredRecordsOf(engine, delivery, invocation.count('limit', 1) ?? mostShown))
    records.push(record);
  const lines = records.map(({ source, row, reason, message, text, rawData }) =>
    // Bytes that are no text are shown as they are kept.
    JSON.stringify({ source, row, reason, message, ...(text === null ? { rawData } : { text }) }),
  );
  return {
    data: { delivery: delivery.address, records },
    text: lines.length === 0 ? 'No record.' : lines.join('\n'),
  };
}

/** The form in which records are shown, edited and given back: the place, the reason, and the record's line. */
function edited({ source, row, reason, text }: QuarantinedRecord): object {
  return { source, row, reason, record: text };
}

async function replay(engine: Engine, invocation: Invocation, context: Context): Promise<CommandResult> {
  const delivery = deliveryNamed(engine, invocation);
  if (delivery !== undefined) throw unparsedAnew(delivery);
  const job = jobNamed(engine, invocation);
  const repair = await repairOf(invocation, context);
  await applyDefinitions(engine);
  const progress = context.progress();
  progress.update(`replaying quarantined records of ${job.address}`);
  const run = await replayQuarantine(engine, job, repair, context.signal).finally(() => progress.end());
  const { read, replayed, written, quarantined, deduplicated } = run;
  const kept = quarantined === 0 ? [] : await quarantinedReasons(engine, job);
  const parts = [
    // What a run before it had planned and left undone, it does first.
    ...(read === 0 ? [] : [`${counted(read, 'row')} read`]),
    `${counted(replayed, 'record')} replayed`,
    `${formatCount(written)} written`,
    ...(deduplicated === 0 ? [] : [`${formatCount(deduplicated)} deduplicated`]),
    `${formatCount(quarantined)} ${read === 0 ? 'still in' : 'in'} quarantine`,
  ];
  return {
    data: { job: job.address, ...run },
    text:
      read + replayed === 0
        ? `${job.address}: no record was chosen`
        : [
            `${job.address}: ${parts.join(', ')}`,
            ...keptText(job.address, kept),
            ...restatedText([{ address: job.address, ...run }, ...run.downstream]),
          ].join('\n'),
  };
}

/** Why records are in quarantine after all, and what to do about it. */
function keptText(job: string, reasons: Awaited<ReturnType<typeof quarantinedReasons>>): readonly string[] {
  if (reasons.length === 0) return [];
  return [
    ...reasons.map(
      ({ reason, records, example }) =>
        `  ${formatCount(records)} there for ${reason}${example === null ? '' : `, as ${example}`}`,
    ),
    `  playhead quarantine show ${job}   # then mend: replay with --set "column = SQL expression", or an edited --file`,
  ];
}

/** A replay goes through a job: what came before any is not a record yet. */
function unparsedAnew({ address, pipeline, definition }: Addressed<'delivery'>): PlayheadError {
  const from = definition.from.includes('.') ? definition.from : `${pipeline}.${definition.from}`;
  return new PlayheadError(
    'PH_USAGE',
    `${address} is a delivery: what it could not parse is no record to be replayed`,
    {
      hint: `Mend the text that \`playhead quarantine show ${address}\` gives, and send it again: \`playhead produce ${from} --file mended.ndjson\`.`,
    },
  );
}

/** The delivery that the argument names; undefined where it names none, or nothing is named. */
function deliveryNamed(engine: Engine, invocation: Invocation): Addressed<'delivery'> | undefined {
  const named = invocation.argument(1);
  if (named === undefined) return undefined;
  const found = resolveAddress(engine.pipelines, named, ['job', 'delivery']);
  return found.kind === 'delivery' ? found : undefined;
}

function jobNamed(engine: Engine, invocation: Invocation): ReturnType<typeof resolveAddress<'job'>> {
  const named = invocation.argument(1);
  const jobs = recordJobs(engine.pipelines);
  if (named === undefined && jobs.length > 1)
    throw new PlayheadError('PH_USAGE', 'which job?', {
      hint: '`playhead quarantine` lists those that have records there.',
    });
  const job = named === undefined ? jobs[0] : resolveAddress(engine.pipelines, named, ['job']);
  if (job === undefined) throw new PlayheadError('PH_USAGE', 'no job is defined');
  if (jobs.some(({ address }) => address === job.address)) return job;
  throw new PlayheadError('PH_USAGE', `${job.address} sets nothing aside: it makes its table anew from another job's`, {
    hint: 'A record that is wrong in it was let through by the job before.',
  });
}

async function repairOf(invocation: Invocation, context: Context): Promise<Repair> {
  const [file, where] = [invocation.text('file'), invocation.text('where')];
  const assignments = (invocation.texts('set') ?? []).map(assignment);
  if (file === undefined) return { assignments, ...(where === undefined ? {} : { where }) };
  if (assignments.length > 0 || where !== undefined)
    throw new PlayheadError('PH_USAGE', '--file says which records and how: --set and --where do not go with it');
  const text = await context.effects.fs
    .readFile(resolve(context.workingDirectory, file), 'utf8')
    .catch((cause: unknown) => {
      throw new PlayheadError('PH_USAGE', `cannot read ${file}`, { cause });
    });
  const lines = text.split('\n').map((line, i) => ({ line, i }));
  return {
    edited: lines.filter(({ line }) => line.trim() !== '').map(({ line, i }) => editedRecord(line, `${file}:${i + 1}`)),
  };
}

function assignment(written: string): Assignment {
  const match = /^\s*"?([A-Za-z_]\w*)"?\s*=\s*(?!=)([\s\S]+)$/.exec(written);
  if (match?.[1] !== undefined && match[2] !== undefined) return { column: match[1], expression: match[2] };
  throw new PlayheadError('PH_USAGE', `--set ${written}: expected "column = SQL expression"`);
}

function editedRecord(line: string, place: string): EditedRecord {
  const expected = 'expected a line of `playhead quarantine show`: {"source": …, "row": …, "record": "{…}" or {…}}';
  try {
    const { source, row, record } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const text = typeof record === 'string' ? record : JSON.stringify(record);
    const value: unknown = JSON.parse(text);
    if (
      typeof source === 'string' &&
      Number.isSafeInteger(row) &&
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value)
    )
      return { source, row: Number(row), text };
  } catch (cause) {
    throw new PlayheadError('PH_USAGE', `${place}: ${expected}`, { cause });
  }
  throw new PlayheadError('PH_USAGE', `${place}: ${expected}`);
}
