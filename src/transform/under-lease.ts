import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { Lease } from '../commit/held-lease.ts';
import { acquireLease } from '../commit/lease.ts';
import type { BoundJob, JobPorts, JobSettings } from './bound-job.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

/** What a job works with while it is the one that does. */
export interface RunTools {
  readonly lease: Lease;
  readonly scratch: string;
  readonly workspaces: readonly Workspace[];
  readonly settings: JobSettings;
}

/** Does work as the job's one holder, with workers whose statements end when the signal comes. */
export async function underLease<T>(
  job: BoundJob,
  ports: JobPorts,
  settings: JobSettings,
  effects: Effects,
  work: (tools: RunTools) => Promise<T>,
): Promise<T> {
  const lease = await acquireLease(ports.store, job.name, leaseSettings(job, settings), effects);
  const scratch = join(ports.duck.temporaryDirectory, `job-${effects.random.uint32().toString(16)}`);
  const workspaces: Workspace[] = [];
  const interrupt = (): void => {
    for (const { session } of workspaces) session.interrupt();
  };
  settings.signal?.addEventListener('abort', interrupt);
  try {
    for (let i = 0; i < (settings.workers ?? 2); i += 1) workspaces.push(await openWorkspace(ports.duck, effects));
    return await work({ lease, scratch, workspaces, settings });
  } catch (cause) {
    throwIfAborted(settings.signal, job.name, cause);
    throw cause;
  } finally {
    settings.signal?.removeEventListener('abort', interrupt);
    for (const workspace of workspaces) await workspace.close();
    await effects.fs.rm(scratch, { recursive: true, force: true });
    await lease.release();
  }
}

function leaseSettings({ name }: BoundJob, { wait, signal }: JobSettings): Parameters<typeof acquireLease>[2] {
  const holder = `job ${name}`;
  if (wait === undefined) return { holder };
  return { holder, wait: { ...wait, signal: signal ?? new AbortController().signal } };
}

export function throwIfAborted(signal: AbortSignal | undefined, job: string, cause?: unknown): void {
  if (signal?.aborted !== true) return;
  throw new PlayheadError('PH_INTERRUPTED', `job ${job} was interrupted`, {
    hint: 'Nothing is lost: the next run finishes what this one planned.',
    cause,
  });
}
