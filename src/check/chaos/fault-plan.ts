/** What an operation on a file of the log or the lake comes to. */
export const storageFaults = {
  error: 'fails with EIO, and nothing is done',
  unanswered: 'is done, and fails with EIO all the same',
  torn: 'is half done, and fails with EIO',
  'cut-off': 'is half done when the process dies',
  slow: 'takes its time, and so do the next ones',
  full: 'finds the disk full, and so do all after it',
  unreadable: 'fails with EIO: it was to read',
} as const;

export type StorageFaultKind = keyof typeof storageFaults;

export interface StorageFault {
  readonly kind: StorageFaultKind;
  readonly area: 'log' | 'lake';
  /** At which operation of the process, from 1: reads for `unreadable`, otherwise writes, syncs, links and renames. */
  readonly at: number;
}

export type StrikeSignal = 'SIGKILL' | 'SIGSTOP';

/** What a process of the command line is to meet, as plain JSON. It reads it from the environment, where it was started for it. */
export interface FaultPlan {
  /** Home, an absolute path: only files in its log and lake are touched. */
  readonly home: string;
  /** At the nth reach of this named step, or of `any`: it says so, and kills itself or stands still until it is told to go on. */
  readonly strike?: { readonly step: string; readonly nth: number; readonly signal: StrikeSignal };
  readonly storage?: StorageFault;
  /** Wall time is off by so much from its nth reading on; monotonic time is not. */
  readonly clock?: { readonly jumpMs: number; readonly atReading: number };
}

/** The environment variable that holds the plan. Only the entry of struck processes reads it. */
export const faultPlanVariable = 'PLAYHEAD_FAULTS';

/** What a struck process says first, when it begins to use files; then, a line each, the step at which it is struck. */
export const atWork = 'at work';
