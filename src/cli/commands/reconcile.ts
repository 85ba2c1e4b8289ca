import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { errorKinds, PlayheadError } from '../../base/errors.ts';
import { either } from '../../base/nearest.ts';
import { formatCount } from '../../base/units.ts';
import { agrees, reconcile } from '../../check/reconcile/reconcile.ts';
import { withoutAside } from '../../check/reconcile/set-aside.ts';
import type { ReconcileProgress, ReconcileSettings } from '../../check/reconcile/settings.ts';
import { type EpochUnit, epochUnits } from '../../record/epoch.ts';
import type { RecordType } from '../../record/type.ts';
import type { Command } from '../command.ts';
import type { Invocation } from '../invocation.ts';
import { declaredTimes, lakeSide, streamSide } from '../reconcile-sides.ts';
import { reconciliationText } from '../reconciliation-text.ts';

const defaultSamples = 5;

export const command: Command = async (invocation, context) => {
  const key = fields(invocation, 'key');
  const streams = invocation.texts('stream') ?? [];
  const prefix = invocation.text('lake');
  if (streams.length === 0 || prefix === undefined || key.length === 0) throw incomplete();
  const by = invocation.text('by') ?? 'hour';
  if (by !== 'hour') throw new PlayheadError('PH_USAGE', `--by ${by}: differences are told by hour`);
  keepYoungGenerationSmall();
  const engine = await context.engine();
  const { side, record } = await streamSide(streams, engine, context);
  const lake = await lakeSide(prefix, engine, context);
  const progress = context.progress();
  const settings: ReconcileSettings = {
    key,
    ...compareSettings(invocation, record),
    samples: invocation.count('samples') ?? defaultSamples,
    signal: context.signal,
    onProgress: (at) => progress.update(progressText(at)),
  };
  const found = await reconcile(
    { stream: await withoutAside(engine, side, lake), lake },
    settings,
    { duck: () => engine.duck(), scratch: join(await engine.scratch(), 'reconcile') },
    context.effects,
  ).finally(() => progress.end());
  const isGood = agrees(found);
  return {
    data: { agrees: isGood, stream: streams, lake: prefix, key, ...found },
    text: reconciliationText(found, { stream: streams.join(' '), lake: prefix, key }, context.output),
    exitCode: isGood ? 0 : errorKinds.PH_DOES_NOT_ADD_UP.exitCode,
  };
};

/**
 * V8 lets the space of new objects grow to 96 MiB where many are made. Of records that are read once and let go none is worth
 * it: it asks this flag whenever it would grow it.
 */
function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

function incomplete(): PlayheadError {
  return new PlayheadError('PH_USAGE', 'what is to be compared? --stream, --lake and --key say it', {
    hint: 'playhead reconcile --stream sent.ndjson --lake telemetry/ --key event_id',
  });
}

/** How payloads are compared, and which of them; a record type tells which of its fields are times. */
function compareSettings(
  invocation: Invocation,
  record: RecordType | undefined,
): Pick<ReconcileSettings, 'times' | 'ignored' | 'time' | 'fromMs' | 'toMs'> {
  const times = new Map<string, EpochUnit>(record === undefined ? [] : declaredTimes(record));
  for (const written of fields(invocation, 'times')) times.set(...timeField(written, times));
  const written = invocation.text('time');
  const [field, unit] = written === undefined ? [] : timeField(written, times);
  if (field !== undefined && unit !== undefined) times.set(field, unit);
  const [fromMs, toMs] = [invocation.instant('from'), invocation.instant('to')];
  return {
    times,
    ignored: new Set(fields(invocation, 'ignore')),
    ...(field === undefined || unit === undefined ? {} : { time: { field, unit } }),
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
  };
}

/** `sent_at` or `sent_at:seconds`. */
function timeField(written: string, declared: ReadonlyMap<string, EpochUnit>): [string, EpochUnit] {
  const colon = written.lastIndexOf(':');
  const field = colon < 0 ? written : written.slice(0, colon);
  const unit = colon < 0 ? (declared.get(field) ?? 'milliseconds') : written.slice(colon + 1);
  const units = Object.keys(epochUnits) as EpochUnit[];
  const known = units.find((name) => name === unit);
  if (known !== undefined) return [field, known];
  throw new PlayheadError('PH_USAGE', `${written}: numbers of a time count ${either(units)} since 1970`);
}

function fields(invocation: Invocation, option: string): readonly string[] {
  return (invocation.text(option) ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function progressText({ doing, done }: ReconcileProgress): string {
  if (doing === 'comparing') return `comparing: ${Math.floor(done * 100)} %`;
  return `reading the ${doing}: ${formatCount(done)} records`;
}
