import { errorKinds } from '../../base/errors.ts';
import type { Fault } from './round-plan.ts';
import type { ChildEnd } from './struck-child.ts';

/** The code of the error that a process of the command line ended with, where it said one. */
function errorCode({ err }: ChildEnd): string | undefined {
  for (const line of err.split('\n').reverse()) {
    const code = /^\{"error":\{"code":"(\w+)"/.exec(line)?.[1];
    if (code !== undefined) return code;
  }
  return undefined;
}

/** In one word how a process ended. */
export function endedAs(end: ChildEnd): string {
  if (end.signal !== null) return 'killed';
  return end.code === 0 ? 'succeeded' : (errorCode(end) ?? `exit ${end.code}`);
}

/** What a process may fail with that others overtook or met: each says that another does the work, or did it. */
const overtaken = ['PH_LEASE_LOST', 'PH_LEASE_HELD', 'PH_COMMIT_CONFLICT', 'PH_OBJECT_CHANGED'];

/** What a process must not end with, given what it met. */
export function endProblems(end: ChildEnd, fault: Fault, wasOvertaken: boolean): readonly string[] {
  if (end.code === 0) return [];
  const said = end.err.trim().slice(-2000);
  if (end.signal !== null) return canDie(fault) && end.signal === 'SIGKILL' ? [] : [`ended by ${end.signal}: ${said}`];
  const code = errorCode(end);
  if (code === undefined || !Object.hasOwn(errorKinds, code) || code === 'PH_INTERNAL')
    return [`fails without a name: ${said}`];
  if (overtaken.includes(code) && (wasOvertaken || fault.kind === 'twins')) return [];
  if (fault.kind === 'storage' && code.startsWith('PH_STORAGE_') && fault.storage !== 'slow')
    return fault.storage === 'full' && code !== 'PH_STORAGE_FULL' ? [`a full disk is called ${code}: ${said}`] : [];
  return [`fails though it has no reason: ${said}`];
}

function canDie(fault: Fault): boolean {
  if (fault.kind === 'strike' || fault.kind === 'moment') return fault.signal === 'SIGKILL';
  return fault.kind === 'storage' && fault.storage === 'cut-off';
}
