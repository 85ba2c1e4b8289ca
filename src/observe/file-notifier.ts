import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { systemCode } from '../lake/storage-error.ts';
import { type Notifier, notificationJson } from './notifier.ts';

/** What may be over at the next attempt. */
const passing: readonly string[] = ['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE'];

/** Appends each notification to a file, a line of JSON each; taken is what is on the disk. */
export function fileNotifier(path: string, { fs }: Effects): Notifier {
  const destination = `file ${path}`;
  return {
    destination,
    send: async (notification) => {
      try {
        const file = await fs.open(path, 'a', 0o600);
        try {
          await file.writeFile(`${notificationJson(notification)}\n`);
          await file.sync();
        } finally {
          await file.close();
        }
      } catch (cause) {
        const code = passing.includes(systemCode(cause)) ? 'PH_NOTIFICATION_FAILED' : 'PH_NOTIFICATION_REFUSED';
        throw new PlayheadError(code, `${destination}: ${systemCode(cause)}`, { cause });
      }
    },
  };
}
