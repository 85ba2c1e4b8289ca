import { createHash } from 'node:crypto';

/** What stands before the first line. */
export const firstPrevious = '0'.repeat(64);

/** A command began. */
export interface AuditBegin {
  readonly event: 'begin';
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly command: string;
  /** As typed, but what can be data is left out or hashed. */
  readonly arguments: readonly string[];
  /** What it names of the pipelines. */
  readonly addresses: readonly string[];
}

/** A command ended. One that was killed has no such line. */
export interface AuditEnd {
  readonly event: 'end';
  /** Sequence of its `begin`. */
  readonly of: number;
  readonly outcome: 'succeeded' | 'failed';
  readonly exitCode: number;
  /** Code of the failure. */
  readonly error?: string;
}

export type AuditEvent = AuditBegin | AuditEnd;

/** A line of the log. */
export type AuditEntry = AuditEvent & {
  /** From 0, without a gap. */
  readonly sequence: number;
  /** ISO 8601, UTC, by the effects clock. */
  readonly time: string;
  /** Hash of the line before. */
  readonly previous: string;
};

const hashLength = 64;
const suffixLength = `,"hash":"${'0'.repeat(hashLength)}"}`.length;

/** A line with its hash, which covers every byte before it, and so, by `previous`, every line before. */
export function auditLine(entry: AuditEntry): { readonly line: string; readonly hash: string } {
  const body = JSON.stringify(entry).slice(0, -1);
  const hash = hashOf(body);
  return { line: `${body},"hash":"${hash}"}\n`, hash };
}

/** The entry of a line, undefined where the line is not what was written. */
export function readAuditLine(line: string): { readonly entry: AuditEntry; readonly hash: string } | undefined {
  const body = line.slice(0, -suffixLength);
  const hash = line.slice(-hashLength - 2, -2);
  if (line.length <= suffixLength || !line.endsWith('"}') || hashOf(body) !== hash) return undefined;
  try {
    // Its hash says that it is what `auditLine` made of an entry.
    return { entry: JSON.parse(`${body}}`) as AuditEntry, hash };
  } catch {
    return undefined;
  }
}

function hashOf(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
