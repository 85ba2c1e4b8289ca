import { createInterface } from 'node:readline';
import type { Effects } from '../base/effects.ts';
import { systemCode } from '../lake/storage-error.ts';
import { type AuditEntry, firstPrevious, readAuditLine } from './audit-chain.ts';
import { auditFile, readAuditHead } from './audit-log.ts';

/** Where the log is not what was written. */
export interface AuditProblem {
  /** From 1; the line after the last where the end is missing. */
  readonly line: number;
  readonly what: string;
}

export interface AuditVerification {
  readonly lines: number;
  /** Hash of the last line: kept elsewhere, it proves later what stood here. */
  readonly head: string;
  readonly problems: readonly AuditProblem[];
}

/** Entries of the log in order; a line that is not one is left out. */
export async function* auditEntries(home: string, effects: Effects): AsyncGenerator<AuditEntry> {
  for await (const { text } of linesOf(auditFile(home), effects)) {
    const read = readAuditLine(text);
    if (read !== undefined) yield read.entry;
  }
}

/**
 * Follows the chain from its first line to the head. Finds a line that was edited, left out, put in or moved, and an end that
 * was cut off. `expected` is a head that was noted elsewhere: that line must still be in the chain.
 */
export async function verifyAudit(
  home: string,
  expected: string | undefined,
  effects: Effects,
): Promise<AuditVerification> {
  const problems: AuditProblem[] = [];
  let previous = firstPrevious;
  let sequence = 0;
  let count = 0;
  let noted = expected === undefined || expected === firstPrevious;
  for await (const { line, text } of linesOf(auditFile(home), effects)) {
    count = line;
    const read = readAuditLine(text);
    if (read === undefined) {
      problems.push({
        line,
        what: text.endsWith(lineEnd) ? 'was edited: it does not have its hash' : 'was cut off: its end is missing',
      });
      previous = '';
      sequence += 1;
      continue;
    }
    const { entry, hash } = read;
    if (entry.sequence !== sequence)
      problems.push({
        line,
        what: `is entry ${entry.sequence} where entry ${sequence} was: ${skipped(entry.sequence - sequence)}`,
      });
    else if (previous !== '' && entry.previous !== previous)
      problems.push({ line, what: 'does not follow the line before it: that one is another than was written' });
    if (hash === expected) noted = true;
    previous = hash;
    sequence = entry.sequence + 1;
  }
  const head = readAuditHead(home, effects);
  const after = { line: count + 1, what: '' };
  if (head === undefined) {
    if (count > 0)
      problems.push({ ...after, what: 'audit-head.sqlite is gone: nothing says whether the end was cut off' });
  } else if (sequence < head.sequence)
    problems.push({ ...after, what: `the end was cut off: entries ${sequence} to ${head.sequence - 1} are missing` });
  else if (sequence === head.sequence && previous !== '' && previous !== head.hash)
    problems.push({ line: count, what: 'is not the last line that was written' });
  else if (sequence > head.sequence + 1)
    problems.push({ line: count, what: `entries from ${head.sequence} on were put in behind the end` });
  if (!noted) problems.push({ ...after, what: `no line has the hash ${expected}: what was noted is not in this log` });
  return { lines: count, head: previous, problems };
}

/** What every line ends with. */
const lineEnd = '"}';

function skipped(by: number): string {
  return by > 0 ? `${by} before it ${by === 1 ? 'is' : 'are'} missing` : 'it was moved or repeated';
}

async function* linesOf(file: string, { fs }: Effects): AsyncGenerator<{ line: number; text: string }> {
  const handle = await fs.open(file, 'r').catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw cause;
  });
  if (handle === undefined) return;
  try {
    let line = 0;
    for await (const text of createInterface({ input: handle.createReadStream({ autoClose: false }) })) {
      line += 1;
      yield { line, text };
    }
  } finally {
    await handle.close();
  }
}
