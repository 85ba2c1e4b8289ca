import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Effects } from '../base/effects.ts';
import { systemCode } from '../lake/storage-error.ts';

/** Who holds a lease: for people (`name`) and to find out whether the process still lives. */
export interface Holder {
  /** What the holder does, for messages: `playhead deliver acme.firehose`. */
  readonly name: string;
  /**
   * Host, boot, process name space and machine id: only where all are the same does a process id mean anything. A part is
   * empty where it can't be known.
   */
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
    const here = partsOf(await machineName(effects));
    const there = partsOf(holder.machine);
    // The same machine after a restart: nothing that ran before it runs now. Hosts of one name may be several machines.
    const isSameMachine = here.host === there.host && here.id !== '' && here.id === there.id;
    return isSameMachine && here.boot !== '' && there.boot !== '' && here.boot !== there.boot;
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

/** Linux counts a process's start in hundredths of a second (USER_HZ, times(2)), whatever the kernel's own ticks are. */
const ticksPerSecond = 100;

/** Whether a process of this id runs here that began no later than `atMs`: a later one only has the id of another again. */
export async function isRunningSince(pid: number, atMs: number, effects: Effects): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    if (systemCode(cause) === 'ESRCH') return false;
  }
  const bootSeconds = Number(/^btime (\d+)$/m.exec((await textOf('/proc/stat', effects)) ?? '')?.[1] ?? Number.NaN);
  const ticks = Number((await startOf(pid, effects)) ?? Number.NaN);
  // Boot is told in whole seconds. Where nothing tells, it may be the same process.
  const startedMs = (bootSeconds - 1 + ticks / ticksPerSecond) * 1000;
  return !(startedMs > atMs);
}

/** True where the holder's process id means something here, so that its life is certain one way or the other. */
export async function isComparable({ machine }: Holder, effects: Effects): Promise<boolean> {
  return machine === (await machineName(effects));
}

async function machineName(effects: Effects): Promise<string> {
  const boot = await textOf('/proc/sys/kernel/random/boot_id', effects);
  const space = await effects.fs.stat('/proc/self/ns/pid').catch(() => undefined);
  return [hostname(), boot?.trim() ?? '', space?.ino ?? '', await machineId(effects)].join('/');
}

/** Hashed, for machine-id(5) wants it kept to the machine, and leases are read by all who read the lake. */
async function machineId(effects: Effects): Promise<string> {
  const id = (await textOf('/etc/machine-id', effects))?.trim() ?? '';
  // `uninitialized` is what systemd leaves in an image, for each machine of it alike.
  if (!/^[0-9a-f]{32}$/.test(id)) return '';
  return createHash('sha256').update(`playhead:${id}`).digest('hex').slice(0, 16);
}

function partsOf(machine: string): { readonly host: string; readonly boot: string; readonly id: string } {
  const [host = '', boot = '', , id = ''] = machine.split('/');
  return { host, boot, id };
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
