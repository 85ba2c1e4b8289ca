import { resolve } from 'node:path';
import { errorKinds, PlayheadError } from '../../base/errors.ts';
import { isWhole, scoreTruth } from '../../check/score/score.ts';
import type { Command } from '../command.ts';
import { scoreText } from '../score-text.ts';

export const command: Command = async (invocation, context) => {
  const file = invocation.text('truth');
  if (file === undefined)
    throw new PlayheadError('PH_USAGE', '--truth is needed', {
      hint: 'A simulation writes the file: `playhead run SOURCE --from … --to … --truth FILE`.',
    });
  const progress = context.progress();
  progress.update('holding what came out against the truth');
  try {
    const path = resolve(context.workingDirectory, file);
    const score = await scoreTruth(await context.engine(), path, context.signal);
    const whole = isWhole(score);
    return {
      data: { whole, ...score },
      text: scoreText(score, context),
      exitCode: whole ? 0 : errorKinds.PH_DOES_NOT_ADD_UP.exitCode,
    };
  } finally {
    progress.end();
  }
};
