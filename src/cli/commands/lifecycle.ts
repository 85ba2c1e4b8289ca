import { PlayheadError } from '../../base/errors.ts';
import { suggestion } from '../../base/nearest.ts';
import { counted, formatBytes, formatCount } from '../../base/units.ts';
import type { LifecycleDefinition, LifecycleRule } from '../../govern/lifecycle.ts';
import { type ClassFigures, classFigures } from '../../govern/storage-figures.ts';
import { applyDefinitions } from '../../pipeline/apply/apply.ts';
import { engineRunner } from '../../pipeline/run/handlers.ts';
import { boundLifecycle, type LifecycleOutput, runLifecycleOf } from '../../pipeline/run/run-lifecycle.ts';
import type { Command, CommandResult } from '../command.ts';
import type { Context } from '../context.ts';
import { grid } from '../grid.ts';
import { targets } from '../targets.ts';

type Action = (address: string | undefined, dryRun: boolean, context: Context) => Promise<CommandResult>;

const actions: Readonly<Record<string, Action>> = { show, run };

export const command: Command = async (invocation, context) => {
  const named = invocation.argument(0) ?? 'show';
  const action = Object.hasOwn(actions, named) ? actions[named] : undefined;
  if (action === undefined)
    throw new PlayheadError('PH_USAGE', `no action of lifecycle is called "${named}"`, {
      hint: suggestion(named, Object.keys(actions)),
    });
  return action(invocation.argument(1), invocation.flag('dry-run'), context);
};

async function show(address: string | undefined, _: boolean, context: Context): Promise<CommandResult> {
  const engine = await context.engine();
  const ports = { store: await engine.lake(), catalog: await engine.catalog() };
  const shown: (Pick<LifecycleDefinition, 'rules' | 'logExpirationDays'> & {
    readonly lifecycle: string;
    readonly classes: readonly ClassFigures[];
  })[] = [];
  for (const entry of targets(engine.pipelines, ['lifecycle'], address)) {
    const classes = await classFigures(await boundLifecycle(engine, entry), ports, engine.effects);
    const { kind: _, ...said } = entry.definition;
    shown.push({ lifecycle: entry.address, ...said, classes });
  }
  const { bold, dim } = context.output.style;
  const paint = { header: dim, rule: dim };
  const texts = shown.map(({ lifecycle, rules, logExpirationDays: logDays, classes }) =>
    [
      bold(lifecycle),
      grid(
        [{ title: 'rule' }, { title: 'takes' }, { title: 'does', apart: 'below' }],
        [
          ...rules.map((rule) => [rule.enabled ? rule.id : `${rule.id} (off)`, filterText(rule), actionText(rule)]),
          ...(logDays === undefined ? [] : [['logs', 'what runs wrote', `expires at ${counted(logDays, 'day')}`]]),
        ],
        { indent: '  ', maxWidth: context.output.columns, paint },
      ),
      ...(classes.length === 0 ? [] : [classesText(classes, paint)]),
    ].join('\n'),
  );
  return { data: { lifecycles: shown }, text: texts.join('\n\n') };
}

async function run(address: string | undefined, dryRun: boolean, context: Context): Promise<CommandResult> {
  const engine = await context.engine();
  const entries = targets(engine.pipelines, ['lifecycle'], address);
  const runs: (LifecycleOutput & { lifecycle: string })[] = [];
  if (!dryRun) await applyDefinitions(engine);
  const runner = dryRun ? undefined : await engineRunner(engine);
  for (const entry of entries) {
    const request = { address: entry.address, kind: 'lifecycle', trigger: 'command', arguments: {} } as const;
    const output = await (runner?.(request, context.signal) ?? runLifecycleOf(engine, entry, { dryRun }));
    runs.push({ lifecycle: entry.address, ...output });
  }
  return { data: { dryRun, runs }, text: runs.map((output) => runText(output, dryRun)).join('\n') };
}

function runText(
  { lifecycle, expired, moved, versions, keptBack, trimmed, logLines }: LifecycleOutput & { lifecycle: string },
  dryRun: boolean,
): string {
  const rows = expired.reduce((sum, object) => sum + object.rows, 0);
  const bytes = expired.reduce((sum, object) => sum + object.sizeBytes, 0);
  const parts = [
    ...(expired.length === 0
      ? []
      : [`${counted(expired.length, 'object')} expired (${counted(rows, 'row')}, ${formatBytes(bytes)})`]),
    ...(moved.length === 0 ? [] : [`${counted(moved.length, 'object')} moved to a cheaper class`]),
    ...(versions === 0 ? [] : [`${counted(versions, 'old version')} removed`]),
    ...trimmed.map(({ topic, records }) => `${counted(records, 'record')} of ${topic} past retention`),
    ...(logLines === 0 ? [] : [`${counted(logLines, 'line')} of logs expired`]),
  ];
  const head = `${lifecycle}${dryRun ? ' (dry run)' : ''}: ${parts.length === 0 ? 'nothing is due' : parts.join(', ')}`;
  return [head, ...keptBack.map(({ why, objects }) => `  ${counted(objects, 'object')} kept back: ${why}`)].join('\n');
}

function filterText({ prefix, tags = {}, sizeGreaterThan, sizeLessThan }: LifecycleRule): string {
  const parts = [
    prefix === '' ? 'everything' : prefix,
    ...Object.entries(tags).map(([name, value]) => `${name}=${value}`),
    ...(sizeGreaterThan === undefined ? [] : [`over ${formatBytes(sizeGreaterThan)}`]),
    ...(sizeLessThan === undefined ? [] : [`under ${formatBytes(sizeLessThan)}`]),
  ];
  return parts.join(', ');
}

function actionText(rule: LifecycleRule): string {
  const {
    transitions,
    expirationDays,
    noncurrentExpiration: old,
    expiredDeleteMarkers,
    abortIncompleteUploadDays,
  } = rule;
  const kept = old === undefined || old.keep === 0 ? '' : ` but the newest ${old.keep}`;
  return [
    ...transitions.map(({ days, storageClass }) => `${storageClass} at ${counted(days, 'day')}`),
    ...(expirationDays === undefined ? [] : [`expires at ${counted(expirationDays, 'day')}`]),
    ...(old === undefined ? [] : [`old versions${kept} go after ${counted(old.days, 'day')}`]),
    ...(expiredDeleteMarkers ? ['lone delete markers go'] : []),
    ...(abortIncompleteUploadDays === undefined
      ? []
      : [`uploads end after ${counted(abortIncompleteUploadDays, 'day')}`]),
  ].join(', ');
}

function classesText(classes: readonly ClassFigures[], paint: { header: (text: string) => string }): string {
  return grid(
    [{ title: 'storage class' }, { title: 'objects', align: 'right' }, { title: 'size', align: 'right' }],
    classes.map(({ storageClass, objects, sizeBytes }) => [storageClass, formatCount(objects), formatBytes(sizeBytes)]),
    { indent: '  ', paint },
  );
}
