import { resolve } from 'node:path';
import { isPlayheadError, PlayheadError } from '../../base/errors.ts';
import { counted, formatBytes } from '../../base/units.ts';
import { restoreHome } from '../../check/restore/restore-home.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { typeable } from '../typeable.ts';

export const command: Command = async (invocation, context) => {
  const from = invocation.text('from');
  if (from === undefined)
    throw new PlayheadError('PH_USAGE', 'from where? --from names the folder of an export', {
      hint: 'playhead restore --from ../playhead-backup. Objects that a lake lost: playhead repair.',
    });
  const progress = context.progress();
  const { home, head, files, bytes } = await restoreHome(
    resolve(context.workingDirectory, from),
    context.home,
    { signal: context.signal, onProgress: (text) => progress.update(text) },
    context.effects,
  ).finally(() => progress.end());
  const isOpen = await writeDown(context);
  const lines = [
    `${counted(files, 'file')}, ${formatBytes(bytes)} in ${home}, as of ${head.exportedAt}`,
    ...(isOpen ? [] : [`It is encrypted: set PLAYHEAD_KEY_FILE to the file with key ${head.encryptionKey}.`]),
    ...head.notCarried.map((line) => `not in it: ${line}`),
    '  playhead ledger    # every record has its place',
    '  playhead start     # deliveries, syncs and jobs go on where they stood',
  ];
  return {
    data: { home, files, bytes, exportedAt: head.exportedAt, notCarried: head.notCarried },
    text: typeable(lines.join('\n'), context.host.calledAs(context.workingDirectory)),
  };
};

/** Opening the home has its audit log say that it was restored. False where its key is not there. */
async function writeDown(context: Context): Promise<boolean> {
  try {
    await (await context.engine()).keys();
    return true;
  } catch (error) {
    if (isPlayheadError(error, 'PH_KEY_MISSING')) return false;
    throw error;
  }
}
