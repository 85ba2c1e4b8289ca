import { type ErrorCode, isPlayheadError, PlayheadError } from '../base/errors.ts';
import { isSqliteFull } from '../base/sqlite.ts';

const causes: Readonly<Record<string, { code: ErrorCode; what: string; hint: string }>> = {
  ENOSPC: { code: 'PH_STORAGE_FULL', what: 'the disk is full', hint: 'Free some space, then run it again.' },
  EDQUOT: { code: 'PH_STORAGE_FULL', what: 'the disk quota is used up', hint: 'Free some space, then run it again.' },
  EROFS: {
    code: 'PH_STORAGE_READ_ONLY',
    what: 'the file system is read-only',
    hint: 'Choose a home on a writable disk with --home.',
  },
  EACCES: {
    code: 'PH_STORAGE_READ_ONLY',
    what: 'access is denied',
    hint: 'Give this user the right to read and write there, or choose another home with --home.',
  },
  EPERM: {
    code: 'PH_STORAGE_READ_ONLY',
    what: 'the operation is not permitted',
    hint: 'Give this user the right to write there; the file system must allow hard links.',
  },
  EMFILE: {
    code: 'PH_STORAGE_FAILED',
    what: 'this process has too many files open',
    hint: 'Raise the limit with `ulimit -n`, then run it again.',
  },
  ENFILE: {
    code: 'PH_STORAGE_FAILED',
    what: 'the machine has too many files open',
    hint: 'Close other programs or raise the limit of open files.',
  },
};

/** A failure of the file system or of SQLite as what a person can act on; a PlayheadError stays what it is. */
export function storageError(cause: unknown, doing: string): PlayheadError {
  if (isPlayheadError(cause)) return cause;
  const known = causes[systemCode(cause)];
  if (known !== undefined)
    return new PlayheadError(known.code, `${doing}: ${known.what}`, { hint: known.hint, cause, details: { doing } });
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new PlayheadError('PH_STORAGE_FAILED', `${doing}: ${reason}`, { cause, details: { doing } });
}

/** The `code` of a Node system error, SQLite's result codes under the like names; empty for others. */
export function systemCode(cause: unknown): string {
  if (!(cause instanceof Error)) return '';
  if ('errcode' in cause && typeof cause.errcode === 'number')
    return isSqliteFull(cause.errcode) ? 'ENOSPC' : (sqliteCodes[cause.errcode & 0xff] ?? '');
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}

/** https://sqlite.org/rescode.html: primary result codes. */
const sqliteCodes: Readonly<Record<number, string>> = {
  5: 'EBUSY',
  8: 'EROFS',
  11: 'ECORRUPT',
  14: 'EACCES',
  26: 'ECORRUPT',
};
