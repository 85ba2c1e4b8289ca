import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { silentLogger } from '../../base/effects.ts';
import { errorKinds, PlayheadError } from '../../base/errors.ts';
import { runChaos } from '../../check/chaos/run-chaos.ts';
import { resolveProfile } from '../../pipeline/engine/profile.ts';
import { chaosText, roundText } from '../chaos-text.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import type { Invocation } from '../invocation.ts';
import { profileNamed } from '../profile-named.ts';
import { pipelineNamed } from '../targets.ts';

/** A round holds no more than this. */
const mostEvents = 50_000;

export const command: Command = async (invocation, context) => {
  const config = await context.config();
  const { pipelines } = config;
  const { lake } = await profileNamed(context.profileName, config, context.home, context.effects);
  const { name } = pipelineNamed(pipelines, invocation.argument(0));
  const seed = invocation.count('seed') ?? context.effects.random.uint32();
  const rounds = roundNumbers(invocation);
  const events = eventsOf(invocation);
  const workers = invocation.count('workers', 1) ?? 2;
  // Made once nothing is left to be refused.
  const folder = await folderOf(invocation.text('keep'), context);
  const records = invocation.text('records');
  const progress = context.progress();
  progress.update('laying out homes');
  let done = 0;
  let kept = invocation.text('keep') !== undefined;
  try {
    const report = await runChaos(
      {
        pipelines,
        pipeline: name,
        // Of a profile's backends a bucket alone: its log is the brokers', who have blows of their own (`npm run soak`).
        profile: { ...resolveProfile('embedded', config.profiles), lake },
        seed,
        rounds,
        events,
        ...(records === undefined ? {} : { records: resolve(context.workingDirectory, records) }),
        folder,
        workers,
        child: {
          script: join(import.meta.dirname, `../struck-main.${import.meta.filename.endsWith('.ts') ? 'ts' : 'js'}`),
          workingDirectory: context.workingDirectory,
          env: context.effects.env,
        },
        signal: context.signal,
        onRound: (round) => {
          done += 1;
          if (!context.json) context.output.err(`${roundText(round, context.output.errStyle)}\n`);
          progress.update(`${done} of ${rounds.length} rounds`);
        },
      },
      // What a home's rooms warn of is a finding of its round, or nothing.
      { ...context.effects, log: silentLogger },
    );
    kept ||= report.failed > 0;
    return {
      data: report,
      text: chaosText(report, context.output.style, context.profileName),
      exitCode: report.failed === 0 ? 0 : errorKinds.PH_DOES_NOT_ADD_UP.exitCode,
    };
  } finally {
    progress.end();
    if (!kept) await rm(folder, { recursive: true, force: true });
  }
};

/** Never the user's own home: faults belong into homes of their own. */
async function folderOf(keep: string | undefined, context: Context): Promise<string> {
  if (keep === undefined) return mkdtemp(join(tmpdir(), 'playhead-chaos-'));
  const folder = resolve(context.workingDirectory, keep);
  // The first folder that is made, undefined where all were there.
  if ((await mkdir(folder, { recursive: true })) === undefined)
    throw new PlayheadError('PH_USAGE', `--keep ${keep} is there already`, { hint: 'Name a folder that is not.' });
  return folder;
}

function roundNumbers(invocation: Invocation): readonly number[] {
  const only = invocation.count('round', 1);
  if (only !== undefined) {
    if (invocation.text('seed') === undefined)
      throw new PlayheadError('PH_USAGE', 'a round is another one under each seed', { hint: 'Give --seed S, too.' });
    return [only];
  }
  return Array.from({ length: invocation.count('rounds', 1) ?? 20 }, (_, i) => i + 1);
}

function eventsOf(invocation: Invocation): number {
  const events = invocation.count('events', 1) ?? 600;
  if (events <= mostEvents) return events;
  throw new PlayheadError('PH_USAGE', `--events ${events}: a round holds at most ${mostEvents}`);
}
