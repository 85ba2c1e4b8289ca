import { PlayheadError } from '../../base/errors.ts';
import { formatCount } from '../../base/units.ts';
import { inferredRows } from '../../duck/file-rows.ts';
import { arrivalNowOf } from '../../pipeline/engine/arrival-now.ts';
import { registeredObjects } from '../../pipeline/engine/registered-objects.ts';
import { resolveAddress } from '../../pipeline/graph/address.ts';
import { tableName, tablesNamed } from '../../pipeline/graph/table-names.ts';
import { doubtfulChecks } from '../../pipeline/validate/doubtful-checks.ts';
import { type ColumnProfile, profileColumns } from '../../quality/profile.ts';
import { proposedChecks } from '../../quality/proposed-checks.ts';
import { versionFile } from '../../table/retained.ts';
import type { Command } from '../command.ts';
import { doubtfulText } from '../doubtful-text.ts';
import { grid } from '../grid.ts';

export const command: Command = async (invocation, context) => {
  const engine = await context.engine();
  const name = invocation.argument(0) ?? '';
  const [named, ...others] = tablesNamed(engine.pipelines, name);
  const table = named !== undefined && others.length === 0 ? named : resolveAddress(engine.pipelines, name, ['table']);
  const { format } = table.definition;
  const objects = await registeredObjects(engine, table);
  if (objects.length === 0)
    throw new PlayheadError('PH_TABLE_UNKNOWN', `${tableName(table)} has no data yet`, {
      hint: '`playhead doctor` names the link that is silent.',
    });
  const lake = await engine.lake();
  const paths: string[] = [];
  for (const object of objects) paths.push(await versionFile(lake, object));
  await using session = await (await engine.duck()).connect();
  const progress = context.progress();
  progress.update(`profiling ${tableName(table)}`);
  const rows = `(SELECT * FROM ${inferredRows(format, paths)})`;
  const profile = await profileColumns(session, rows).finally(() => progress.end());
  const nowMs = (await arrivalNowOf(engine, table.address)) ?? engine.effects.clock.now();
  const checks = await proposedChecks(session, rows, profile, nowMs);
  const doubtful = await doubtfulChecks(engine.pipelines, table);
  return {
    data: { table: tableName(table), objects: objects.length, columns: profile, checks, doubtful },
    text: [
      profileText(profile, context.output.columns),
      '',
      'Checks that these rows pass:',
      ...checks.map((check) => `  ${check},`),
      ...doubtfulText(doubtful),
    ].join('\n'),
  };
};

/** What a line on a narrow terminal has no room for, `--json` has. */
const wideColumns = 140;

function profileText(profile: readonly ColumnProfile[], width: number): string {
  const isWide = width >= wideColumns;
  return grid(
    [
      { title: 'column' },
      { title: 'type' },
      { title: 'nulls', align: 'right' },
      { title: '≈ distinct', align: 'right' },
      { title: 'min' },
      ...(isWide ? [{ title: 'quartiles' }] : []),
      { title: 'max' },
      { title: 'most frequent', apart: 'below' },
      ...(isWide ? [{ title: 'shapes' }] : []),
    ],
    profile.map(({ name, type, nulls, distinct, min, max, quartiles, top, shapes }) => [
      name,
      type,
      formatCount(nulls),
      formatCount(distinct),
      min ?? '',
      ...(isWide ? [quartiles.join(' ')] : []),
      max ?? '',
      distinct > 100 ? '' : listed(top),
      ...(isWide ? [listed(shapes.slice(0, 2))] : []),
    ]),
    { maxWidth: width },
  );
}

function listed(values: ColumnProfile['top']): string {
  return values.map(({ value, rows }) => `${value} ${formatCount(rows)}`).join(', ');
}
