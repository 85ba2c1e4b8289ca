import { join, resolve } from 'node:path';
import { PlayheadError } from '../../base/errors.ts';
import { shellWord } from '../../base/shell-word.ts';
import { counted, formatBytes } from '../../base/units.ts';
import { exportHome } from '../../check/export/export-home.ts';
import type { Command } from '../command.ts';
import { typeable } from '../typeable.ts';

export const command: Command = async (invocation, context) => {
  const to = invocation.text('to');
  if (to === undefined)
    throw new PlayheadError('PH_USAGE', 'where to? --to says it', { hint: 'playhead export --to ../playhead-backup' });
  const engine = await context.engine();
  const progress = context.progress();
  const exported = await exportHome(engine, resolve(context.workingDirectory, to), {
    version: context.host.version,
    signal: context.signal,
    onProgress: (text) => progress.update(text),
  }).finally(() => progress.end());
  const { folder, files, bytes, lake, encryptionKey, notCarried } = exported;
  const lines = [
    `${counted(files, 'file')}, ${formatBytes(bytes)} in ${folder}`,
    ...(encryptionKey === undefined
      ? []
      : [`It is encrypted as the home is; key ${encryptionKey} is not in it: keep that elsewhere.`]),
    ...notCarried.map((line) => `not in it: ${line}`),
    lake === 'bucket'
      ? `its objects lie under ${join(folder, 'lake')}, each under its key: playhead restore makes no home of them`
      : `  playhead restore --from ${shellWord(folder)}`,
  ];
  return { data: exported, text: typeable(lines.join('\n'), context.host.calledAs(context.workingDirectory, 'NEW')) };
};
