import { PlayheadError } from '../../base/errors.ts';
import { either } from '../../base/nearest.ts';
import type { Command } from '../command.ts';
import { candidates, completionScripts, type Shell } from '../completion.ts';

export const command: Command = async (invocation, context) => {
  const shell = invocation.argument(0) ?? '';
  if (shell === 'candidates') {
    const words: string[] = [];
    for (let i = 1; invocation.argument(i) !== undefined; i += 1) words.push(invocation.argument(i) ?? '');
    const { pipelines } = await context.config();
    const found = candidates(words, context.commands, pipelines);
    return { data: { candidates: found }, text: found.join('\n'), isVerbatim: true };
  }
  if (!isShell(shell)) {
    throw new PlayheadError('PH_USAGE', `no completion for ${shell}: ${either(Object.keys(completionScripts))}`);
  }
  const script = completionScripts[shell];
  return { data: { shell, script }, text: script, isVerbatim: true };
};

function isShell(name: string): name is Shell {
  return Object.hasOwn(completionScripts, name);
}
