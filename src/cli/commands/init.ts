import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { shellWord } from '../../base/shell-word.ts';
import { mebibytes } from '../../base/units.ts';
import { openDuck } from '../../duck/duck.ts';
import { type Scaffolded, scaffoldProject } from '../../pipeline/scaffold/scaffold-project.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { typeable } from '../typeable.ts';

export const command: Command = async (invocation, context) => {
  const directory = resolve(context.workingDirectory, invocation.argument(0) ?? '');
  const from = invocation.text('from');
  const progress = context.progress();
  progress.update(from === undefined ? 'writing an example' : `looking at ${from}`);
  // The project has no home yet, and the one of the working directory is another project's.
  const temporaryDirectory = await mkdtemp(join(tmpdir(), 'playhead-init-'));
  const duck = await openDuck({ memoryBytes: mebibytes(512), threads: availableParallelism(), temporaryDirectory });
  try {
    const sample = from === undefined ? {} : { from: resolve(context.workingDirectory, from) };
    const written = await scaffoldProject({ directory, ...sample }, { duck }, context.effects);
    progress.end();
    // The commands are typed in the project, not here.
    const next = written.next.map((line) => typeable(line, context.host.calledAs(directory)));
    return { data: { directory, ...written, next }, text: writtenText(directory, { ...written, next }, context) };
  } catch (error) {
    progress.end();
    throw error;
  } finally {
    await duck.close();
    await rm(temporaryDirectory, { recursive: true, force: true });
  }
};

function writtenText(directory: string, { pipeline, files, next, notes }: Scaffolded, context: Context): string {
  const { bold, dim, green, cyan, yellow } = context.output.style;
  const shown = relative(context.workingDirectory, directory) || '.';
  return [
    `${green('✓')} ${bold(pipeline)} in ${shown}`,
    ...files.map((file) => `  ${dim(file)}`),
    ...notes.map((note) => `  ${yellow('!')} ${note}`),
    '',
    'It runs as it is:',
    ...[...(shown === '.' ? [] : [`cd ${shellWord(shown)}`]), ...next].map((line) => `  ${cyan(line)}`),
  ].join('\n');
}
