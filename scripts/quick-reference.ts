import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorKinds } from '../src/base/errors.ts';
import { commandGroups } from '../src/cli/command-description.ts';
import { commandTable } from '../src/cli/command-table.ts';
import { globalOptions } from '../src/cli/help.ts';

/** `docs/quick-reference.md` as the command table has it; a test holds the file to this. */
export function quickReference(): string {
  const rows = (pairs: readonly (readonly [string, string])[]): string[] =>
    pairs.map(([left, right]) => `| \`${left.replaceAll('|', '\\|')}\` | ${right.replaceAll('|', '\\|')} |`);
  const lines = [
    '# Quick reference',
    '',
    'Written from the command table by `node scripts/quick-reference.ts`; a test holds it to the code.',
    '',
    'In a checkout the command is `./playhead`; installed, it is `playhead`. An address is `pipeline.name`, or the name alone where it is unique.',
    '',
    '## With every command',
    '',
    '| option | meaning |',
    '|---|---|',
    ...rows(globalOptions),
  ];
  for (const [group, heading] of Object.entries(commandGroups)) {
    lines.push('', `## ${heading.replace(/:$/, '')}`);
    for (const command of commandTable.filter((spec) => spec.group === group)) {
      lines.push(
        '',
        `### \`playhead ${[command.name, command.arguments].filter(Boolean).join(' ')}\``,
        '',
        `${command.summary}.`,
      );
      if (command.options !== undefined) lines.push('', '| option | meaning |', '|---|---|', ...rows(command.options));
      lines.push(
        '',
        '```sh',
        ...command.examples.map(([example, meaning]) => (meaning === '' ? example : `${example}    # ${meaning}`)),
        '```',
      );
    }
  }
  lines.push(
    '',
    '## Exit codes',
    '',
    '| code | meaning |',
    '|---|---|',
    ...exitCodes().map(([code, meaning]) => `| ${code} | ${meaning} |`),
  );
  lines.push('', '## Errors', '', '| code | HTTP status | exit code | retryable |', '|---|---|---|---|');
  for (const [code, kind] of Object.entries(errorKinds))
    lines.push(`| \`${code}\` | ${kind.httpStatus} | ${kind.exitCode} | ${kind.retryable ? 'yes' : 'no'} |`);
  return `${lines.join('\n')}\n`;
}

function exitCodes(): [string, string][] {
  return [
    ['0', 'done'],
    ['1', 'the work failed'],
    ['2', 'wrong usage or configuration'],
    ['3', 'refused by a policy: a scan limit, an incompatible change, a lease that another holds'],
    ['4', 'the data does not add up, or nothing was there where something was due'],
    ['5', 'a resource of the machine is missing, full or damaged'],
    ['130', 'interrupted'],
  ];
}

if (process.argv[1] === import.meta.filename)
  await writeFile(join(import.meta.dirname, '..', 'docs', 'quick-reference.md'), quickReference());
