import { hostname } from 'node:os';
import type { Effects } from '../base/effects.ts';
import { systemCode } from '../lake/storage-error.ts';

/** Who holds a lease: for people (`name`) and to find out whether the process still lives. */
export interface Holder {
  /** What the holder does, for messages: `playhead deliver acme.firehose`. */
  readonly name: string;
  /** Host, boot and process name space: only within one of them does a process id mean anything. */
  readonly machine: string;
  readonly pid: number;
  /** When the process started, in clock ticks since boot: a process id is used again. Absent where it can't be known. */
  readonly startedTicks?: string;
  /** Tells workers of one process apart; absent where it has one alone. */
  readonly worker?: string;
}

/** This process as a holder. */
export async function thisProcess(name: string, effects: Effects): Promise<Holder> {
  const startedTicks = await startOf(process.pid, effects);
  return {
    name,
    machine: await machineName(effects),
    pid: process.pid,
    ...(startedTicks === undefined ? {} : { startedTicks }),
  };
}

/** Whether two name the same worker of the same process. */
export function isSameHolder(one: Holder, other: Holder): boolean {
  return (
    one.machine === other.machine &&
    one.pid === other.pid &&
    one.startedTicks === other.startedTicks &&
    one.worker === other.worker
  );
}

/**
 * True only where it is certain: the holder's process ran on this machine and has ended. A holder elsewhere may be
 * alive, whatever the clock says.
 */
export async function isDead(holder: Holder, effects: Effects): Promise<boolean> {
  if (!(await isComparable(holder, effects))) {
    const here = await machineName(effects);
    const [host, boot] = holder.machine.split('/');
    const [thisHost, thisBoot] = here.split('/');
    // The same host after a restart: nothing that ran before it runs now.
    return host === thisHost && boot !== '' && thisBoot !== '' && boot !== thisBoot;
  }
  try {
    process.kill(holder.pid, 0);
  } catch (cause) {
    return systemCode(cause) === 'ESRCH';
  }
  if (holder.startedTicks === undefined) return false;
  const started = await startOf(holder.pid, effects);
  return started !== undefined && started !== holder.startedTicks;
}

/** True where the holder's process id means something here, so that its life is certain one way or the other. */
export async function isComparable({ machine }: Holder, effects: Effects): Promise<boolean> {
  return machine === (await machineName(effects));
}

async function machineName(effects: Effects): Promise<string> {
  const boot = await textOf('/proc/sys/kernel/random/boot_id', effects);
  const space = await effects.fs.stat('/proc/self/ns/pid').catch(() => undefined);
  return [hostname(), boot?.trim() ?? '', space?.ino ?? ''].join('/');
}

/** Field 22 of `/proc/<pid>/stat` (proc(5)); the second field, the program's name, may hold spaces and brackets. */
async function startOf(pid: number, effects: Effects): Promise<string | undefined> {
  const stat = await textOf(`/proc/${pid}/stat`, effects);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

/** Undefined where there is no such file, as on macOS. */
async function textOf(path: string, { fs }: Effects): Promise<string | undefined> {
  return fs.readFile(path, 'utf8').catch(() => undefined);
}
