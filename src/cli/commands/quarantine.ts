import { PlayheadError } from '../../base/errors.ts';
import { suggestion } from '../../base/nearest.ts';
import type { Command, CommandResult } from '../command.ts';
import type { Context } from '../context.ts';
import type { Invocation } from '../invocation.ts';
import { listQuarantine } from '../quarantine-list.ts';
import { replayQuarantined } from '../quarantine-replay.ts';
import { showQuarantine } from '../quarantine-show.ts';

type Action = (address: string | undefined, invocation: Invocation, context: Context) => Promise<CommandResult>;

const actions: Readonly<Record<string, Action>> = {
  list: listQuarantine,
  show: showQuarantine,
  replay: replayQuarantined,
};

export const command: Command = async (invocation, context) => {
  const [named = 'list', address] = [invocation.argument(0), invocation.argument(1)];
  const action = Object.hasOwn(actions, named) ? actions[named] : undefined;
  if (action !== undefined) return action(address, invocation, context);
  // `quarantine PIPELINE` lists it, as other commands take a pipeline.
  const { pipelines } = await context.engine();
  if (pipelines.some(({ name }) => name === named)) return listQuarantine(named, invocation, context);
  const words = [...Object.keys(actions), ...pipelines.map(({ name }) => name)];
  throw new PlayheadError('PH_USAGE', `no action of quarantine, and no pipeline, is called "${named}"`, {
    hint: suggestion(named, words),
  });
};
