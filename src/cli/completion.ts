import { type Addressed, addressed } from '../pipeline/address.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import type { CommandSpec } from './command.ts';
import { globalOptions } from './help.ts';

/** Shells whose completion asks `playhead completion candidates -- WORDS…`, the last word being the one to complete. */
export const completionScripts = {
  bash: `_playhead() {
  local IFS=$'\\n'
  COMPREPLY=($(playhead completion candidates -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  [ "\${#COMPREPLY[@]}" -gt 0 ] || COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _playhead playhead
`,
  zsh: `#compdef playhead
_playhead() {
  local -a found
  found=("\${(@f)$(playhead completion candidates -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -a found; else _files; fi
}
compdef _playhead playhead
`,
  fish: `function __playhead
  playhead completion candidates -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null
end
complete -c playhead -a '(__playhead)'
`,
} as const;

export type Shell = keyof typeof completionScripts;

/** What the last word can become: a command, an option, or an address of what the command takes. */
export function candidates(
  words: readonly string[],
  commands: readonly CommandSpec[],
  pipelines: readonly PipelineDefinition[],
): readonly string[] {
  const word = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const spec = commands.find(({ name }) => before.includes(name));
  const starting = (choices: readonly string[]): string[] => choices.filter((choice) => choice.startsWith(word));
  if (word.startsWith('-')) {
    const flags = [...(spec?.options ?? []), ...globalOptions].map(([text]) => text.split(' ')[0] ?? '');
    return starting([...new Set([...flags, '--help'])]);
  }
  if (spec === undefined) return starting(commands.map(({ name }) => name));
  const option = spec.options?.find(([text]) => text.split(' ')[0] === before.at(-1));
  if (option?.[0] === '--saved <name>') return starting(names(addressed(pipelines, 'query')));
  if (option?.[0] === '--workgroup <name>') return starting(names(addressed(pipelines, 'workgroup')));
  // The value of an option that takes one: a file or a number, which the shell or the user knows better.
  if (option?.[0].includes('<')) return [];
  const kinds = spec.completes ?? [];
  return starting([
    ...(kinds.includes('pipeline') ? pipelines.map(({ name }) => name) : []),
    ...names(addressed(pipelines).filter(({ kind }) => kinds.some((wanted) => wanted === kind))),
  ]);
}

/** Both spellings where the name alone is unique. */
function names(entries: readonly Addressed[]): string[] {
  return entries.flatMap(({ name, address }) =>
    entries.filter((other) => other.name === name).length === 1 ? [name, address] : [address],
  );
}
