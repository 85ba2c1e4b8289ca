import { hostname } from 'node:os';
import type { Effects } from '../base/effects.ts';
import { isRunningSince } from '../commit/holder.ts';
import type { AuditBegin } from './audit-chain.ts';
import { auditEntries } from './verify-audit.ts';

/** Calls on this home whose process runs on this machine now, as the audit log has them; this process is none of them. */
export async function callsAtWork(home: string, effects: Effects): Promise<readonly AuditBegin[]> {
  const begun = new Map<number, AuditBegin & { readonly time: string }>();
  for await (const entry of auditEntries(home, effects)) {
    if (entry.event === 'begin') begun.set(entry.sequence, entry);
    else begun.delete(entry.of);
  }
  const atWork: AuditBegin[] = [];
  for (const call of begun.values()) {
    if (call.host !== hostname() || call.pid === process.pid) continue;
    if (await isRunningSince(call.pid, Date.parse(call.time), effects)) atWork.push(call);
  }
  return atWork;
}
