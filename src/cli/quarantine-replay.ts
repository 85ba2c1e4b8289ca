import { resolve } from 'node:path';
import { PlayheadError } from '../base/errors.ts';
import { counted, formatCount } from '../base/units.ts';
import { applyDefinitions } from '../pipeline/apply/apply.ts';
import type { Addressed } from '../pipeline/graph/address.ts';
import { type QuarantinedReason, quarantinedReasons, reasonText } from '../pipeline/quarantine/quarantine.ts';
import { type Repair, replayQuarantine } from '../pipeline/quarantine/replay-quarantine.ts';
import { editedRecord } from '../transform/edited-record.ts';
import type { Assignment } from '../transform/mend-by-sql.ts';
import type { CommandResult } from './command.ts';
import type { Context } from './context.ts';
import type { Invocation } from './invocation.ts';
import { deliveryNamed, recordJobNamed } from './quarantine-named.ts';
import { restatedText } from './restated-text.ts';

/** Puts quarantined records through their job again, mended by --set or by an edited --file. */
export async function replayQuarantined(
  address: string | undefined,
  invocation: Invocation,
  context: Context,
): Promise<CommandResult> {
  const engine = await context.engine();
  const delivery = deliveryNamed(engine.pipelines, address);
  if (delivery !== undefined) throw unparsedAnew(delivery);
  const job = recordJobNamed(engine.pipelines, address);
  const repair = await repairOf(invocation, context);
  await applyDefinitions(engine);
  const progress = context.progress();
  progress.update(`replaying quarantined records of ${job.address}`);
  const run = await replayQuarantine(engine, job, repair, context.signal).finally(() => progress.end());
  const data = { job: job.address, ...run };
  const { read, replayed, written, quarantined, deduplicated } = run;
  if (read + replayed === 0) return { data, text: `${job.address}: nothing is in quarantine` };
  const kept = quarantined === 0 ? [] : await quarantinedReasons(engine, job);
  const parts = [
    // What a run before it had planned and left undone, it does first.
    ...(read === 0 ? [] : [`${counted(read, 'row')} read`]),
    `${counted(replayed, 'record')} replayed`,
    `${formatCount(written)} written`,
    ...(deduplicated === 0 ? [] : [`${formatCount(deduplicated)} deduplicated`]),
    `${formatCount(quarantined)} ${read === 0 ? 'still in' : 'in'} quarantine`,
  ];
  const lines = [
    `${job.address}: ${parts.join(', ')}`,
    ...keptText(job.address, kept, context.host.calledAs(context.workingDirectory)),
    ...restatedText([{ address: job.address, ...run }, ...run.downstream]),
  ];
  return { data, text: lines.join('\n') };
}

/** Why records are in quarantine after all, and what to do about it. */
function keptText(job: string, reasons: readonly QuarantinedReason[], calledAs: string): readonly string[] {
  if (reasons.length === 0) return [];
  return [
    `  there now: ${reasons.map(reasonText).join('; ')}`,
    `  ${calledAs} quarantine show ${job}   # then mend: replay with --set "column = SQL expression", or an edited --file`,
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
  const lines = text.split('\n').map((line, i) => ({ line, place: `${file}:${i + 1}` }));
  const edited = lines.filter(({ line }) => line.trim() !== '').map(({ line, place }) => editedRecord(line, place));
  if (edited.length > 0) return { edited };
  throw new PlayheadError('PH_USAGE', `${file} holds no record`);
}

/** A column as an identifier of SQL, quoted where it has to be, and what it is set to. */
function assignment(written: string): Assignment {
  const match = /^\s*(?:"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{M}\p{N}_]*))\s*=\s*(?!=)([\s\S]+)$/u.exec(written);
  const [, quoted, plain, expression] = match ?? [];
  const column = quoted?.replaceAll('""', '"') ?? plain;
  if (column !== undefined && expression !== undefined) return { column, expression };
  throw new PlayheadError('PH_USAGE', `--set ${written}: expected "column = SQL expression"`, {
    hint: 'A name with spaces or signs in it stands in double quotes: \'"unit price" = 3\'.',
  });
}
