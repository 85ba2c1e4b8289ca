import { readFileSync } from 'node:fs';

/**
 * Who has a process id now; undefined when nobody has. Ids are used again, so where the system tells when a process
 * started (Linux), that is part of the answer.
 */
export function processIdentity(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: there is such a process, of another user.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return undefined;
  }
  const started = startTicks(pid);
  return started === undefined ? String(pid) : `${pid}@${started}`;
}

/** Field 22 of /proc/PID/stat (proc(5)), counted after the command's name, which may hold spaces and brackets. */
function startTicks(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
