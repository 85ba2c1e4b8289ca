import { readApplied } from '../../pipeline/apply/apply.ts';
import { type Change, planChanges } from '../../pipeline/apply/plan.ts';
import { doubtfulChecks } from '../../pipeline/validate/doubtful-checks.ts';
import type { Command } from '../command.ts';
import { doubtfulText } from '../doubtful-text.ts';
import type { Style } from '../output.ts';

export const command: Command = async (_, context) => {
  const engine = await context.engine();
  const changes = planChanges(await readApplied(engine), engine.pipelines);
  const doubtful = await doubtfulChecks(engine.pipelines);
  const incompatible = changes.some(({ change }) => change === 'incompatible');
  return {
    data: { changes, constantChecks: doubtful.constant, suspectChecks: doubtful.suspect },
    text: [planText(changes, context.output.style), ...doubtfulText(doubtful)].join('\n'),
    // What applies would be refused: a script that asks first must notice.
    exitCode: incompatible ? 3 : 0,
  };
};

function planText(changes: readonly Change[], style: Style): string {
  if (changes.length === 0) return 'No changes: the definitions are applied as they are.';
  const marks = {
    new: style.green('+'),
    altered: style.yellow('~'),
    removed: style.dim('-'),
    incompatible: style.red('✗'),
  } as const;
  const width = Math.max(...changes.map(({ address }) => address.length));
  const lines = changes.flatMap(({ address, kind, change, what, hint }) => [
    `${marks[change]} ${address.padEnd(width)}  ${style.dim(kind)}`,
    ...what.map((line) => `    ${line}`),
    ...(change === 'removed' ? [`    ${style.dim('no longer run; what it made stays')}`] : []),
    ...(hint === undefined ? [] : [`    → ${hint}`]),
  ]);
  const counts = (['new', 'altered', 'removed', 'incompatible'] as const)
    .map((kind) => ({ kind, count: changes.filter(({ change }) => change === kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${kind}`);
  const refused = changes.some(({ change }) => change === 'incompatible');
  const next = refused
    ? 'Nothing can be applied while a change is incompatible.'
    : 'The first command that writes applies them.';
  return [...lines, '', `${counts.join(', ')}. ${next}`].join('\n');
}
