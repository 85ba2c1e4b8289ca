import { isPlayheadError } from '../base/errors.ts';
import type { Output } from './output.ts';
import { typeable } from './typeable.ts';

/** Shows a failure once: what went wrong and where, what to do, and the code that programs and searches go by. Its commands can be typed. */
export function renderFailure(error: unknown, json: boolean, output: Output, calledAs: string): number {
  if (!isPlayheadError(error)) {
    output.err(unexpected(error, json, output));
    return 1;
  }
  const { code, details } = error;
  const message = typeable(error.message, calledAs);
  const hint = error.hint === undefined ? undefined : typeable(error.hint, calledAs);
  if (json) {
    output.err(`${JSON.stringify({ error: { code, message, hint, details } }, bigintText)}\n`);
  } else {
    const { red, dim, bold } = output.errStyle;
    const [first = '', ...rest] = message.split('\n');
    const lines = [`${red('✗')} ${bold(first)}`, ...rest.map((line) => `  ${line}`)];
    if (hint !== undefined && hint !== '')
      lines.push(...hint.split('\n').map((line, i) => `${i === 0 ? '  → ' : '    '}${line}`));
    output.err(`${lines.join('\n')}\n  ${dim(code)}\n`);
  }
  return error.exitCode;
}

/** A defect of ours: its stack is what a report of it needs. */
function unexpected(error: unknown, json: boolean, output: Output): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (json) return `${JSON.stringify({ error: { code: 'PH_INTERNAL', message: stack } })}\n`;
  const { red, bold, dim } = output.errStyle;
  return `${red('✗')} ${bold('an error that Playhead did not expect')}\n${dim(stack)}\n  ${dim('PH_INTERNAL')}\n`;
}

export function bigintText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
