import { errorKinds } from '../../base/errors.ts';
import { counted } from '../../base/units.ts';
import type { AuditEntry } from '../../govern/audit-chain.ts';
import { type AuditVerification, auditEntries, verifyAudit } from '../../govern/verify-audit.ts';
import type { Command, CommandResult } from '../command.ts';
import type { Context } from '../context.ts';
import { grid } from '../grid.ts';

/** Reads the log's own files alone: looking at it leaves no line in it. */
export const command: Command = async (invocation, context) => {
  if (invocation.flag('verify')) return verify(invocation.text('head'), context);
  const limit = invocation.count('lines', 1) ?? 50;
  const entries: AuditEntry[] = [];
  for await (const entry of auditEntries(context.home, context.effects)) {
    entries.push(entry);
    // Each call has two lines, and another's may stand between them.
    if (entries.length > 8 * limit) entries.splice(0, entries.length - 4 * limit);
  }
  const calls = callsOf(entries).slice(-limit);
  const { problems } = await verifyAudit(context.home, undefined, context.effects);
  const listed = calls.length === 0 ? 'Nothing was run on this home yet.' : callsText(calls, context);
  return { data: { calls, problems }, text: [listed, ...brokenText(problems, context)].join('\n\n') };
};

/** A list that may lack lines, or have others than were written, says so. */
function brokenText(problems: AuditVerification['problems'], { output }: Context): string[] {
  if (problems.length === 0) return [];
  const places = counted(problems.length, 'place');
  return [output.style.yellow(`! The audit log is not what was written, in ${places}: playhead audit --verify`)];
}

interface Call {
  readonly sequence: number;
  readonly time: string;
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  readonly command: string;
  readonly arguments: readonly string[];
  readonly addresses: readonly string[];
  /** `running`, too, of one that was killed: nobody wrote how it ended. */
  readonly outcome: 'succeeded' | 'failed' | 'running';
  readonly ended?: string;
  readonly error?: string;
}

function callsOf(entries: readonly AuditEntry[]): readonly Call[] {
  const ends = new Map(entries.flatMap((entry) => (entry.event === 'end' ? [[entry.of, entry] as const] : [])));
  return entries.flatMap((entry): Call[] => {
    if (entry.event !== 'begin') return [];
    const { sequence, time, user, host, pid, command: name, arguments: words, addresses } = entry;
    const end = ends.get(sequence);
    const ended =
      end === undefined ? {} : { ended: end.time, ...(end.error === undefined ? {} : { error: end.error }) };
    const outcome = end?.outcome ?? 'running';
    return [{ sequence, time, user, host, pid, command: name, arguments: words, addresses, outcome, ...ended }];
  });
}

function callsText(calls: readonly Call[], { output }: Context): string {
  const { red, dim } = output.style;
  const shown = (outcome: Call['outcome'], error: string | undefined) => {
    if (outcome === 'succeeded') return 'succeeded';
    return { text: outcome === 'running' ? 'no end' : (error ?? 'failed'), paint: outcome === 'running' ? dim : red };
  };
  return grid(
    [
      { title: '#', align: 'right' },
      { title: 'time' },
      { title: 'who' },
      { title: 'outcome' },
      { title: 'command', apart: 'below' },
    ],
    calls.map(({ sequence, time, user, host, outcome, error, command: name, arguments: words }) => [
      String(sequence),
      time.replace('T', ' ').replace(/\.\d+Z/, ''),
      `${user}@${host}`,
      shown(outcome, error),
      [name, ...words].join(' '),
    ]),
    { maxWidth: output.columns, paint: { header: dim, rule: dim } },
  );
}

async function verify(noted: string | undefined, { home, effects, output }: Context): Promise<CommandResult> {
  const verification = await verifyAudit(home, noted, effects);
  const whole = verification.problems.length === 0;
  return {
    data: { ...verification, whole },
    text: verificationText(verification, output.style),
    exitCode: whole ? 0 : errorKinds.PH_AUDIT_BROKEN.exitCode,
  };
}

function verificationText({ lines, head, problems }: AuditVerification, style: Context['output']['style']): string {
  if (problems.length === 0) {
    const last =
      lines === 0
        ? ''
        : `\nThe last line's hash: ${head}\n${style.dim('Noted elsewhere, it proves later what stood here: playhead audit --verify --head HASH')}`;
    return `${style.green('✓')} The audit log is whole: ${counted(lines, 'line')}, each follows the one before.${last}`;
  }
  const found = problems.map(({ line, what }) => `  line ${line} ${what}`);
  return [`${style.red('✗')} The audit log is not what was written:`, ...found].join('\n');
}
