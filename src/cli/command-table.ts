import type { CommandSpec, GroupedCommand } from './command.ts';
import type { CommandGroup } from './command-description.ts';
import { accountsCommands } from './command-groups/accounts.ts';
import { answersCommands } from './command-groups/answers.ts';
import { dataCommands } from './command-groups/data.ts';
import { flowCommands } from './command-groups/flow.ts';
import { otherCommands } from './command-groups/other.ts';
import { projectCommands } from './command-groups/project.ts';

const commandsOf: Readonly<Record<CommandGroup, readonly GroupedCommand[]>> = {
  project: projectCommands,
  data: dataCommands,
  flow: flowCommands,
  answers: answersCommands,
  accounts: accountsCommands,
  other: otherCommands,
};

/** Every command, in the order of the help. The code behind `load` is imported when the command is run. */
export const commandTable: readonly CommandSpec[] = (Object.keys(commandsOf) as CommandGroup[]).flatMap((group) =>
  commandsOf[group].map((command) => ({ group, ...command })),
);
