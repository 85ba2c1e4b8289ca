import type { PipelineDefinition } from '../pipeline/definition.ts';
import { type Addressed, addressed } from '../pipeline/graph/address.ts';
import type { CommandDescription } from './command-description.ts';
import { globalOptions } from './help.ts';

/**
 * Shells whose completion asks `playhead completion candidates -- WORDS…`, the last word being the one to complete. They
 * call what was typed, `./playhead` in a checkout; where there is no candidate, files are offered.
 */
export const completionScripts = {
  bash: `_playhead() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" completion candidates -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _playhead playhead
`,
  zsh: `#compdef playhead
_playhead() {
  local -a found
  found=("\${(@f)$("\${(Q)words[1]}" completion candidates -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -a found; else _files; fi
}
compdef _playhead playhead
`,
  fish: `function __playhead
  set -l typed (commandline -opc)
  set -l found ($typed[1] completion candidates -- $typed[2..-1] (commandline -ct) 2>/dev/null | string match -v '')
  if set -q found[1]
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c playhead -f -a '(__playhead)'
`,
} as const;

export type Shell = keyof typeof completionScripts;

/** What the last word can become: a command, an option, or an address of what the command takes. */
export function candidates(
  words: readonly string[],
  commands: readonly CommandDescription[],
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
