import { errorKinds } from '../../base/errors.ts';
import { pathFigures } from '../../check/path-figures.ts';
import { type Account, accountOf, addsUp } from '../../ledger/account.ts';
import { accountText } from '../account-text.ts';
import type { Command } from '../command.ts';
import { pipelineNamed } from '../targets.ts';

export const command: Command = async (invocation, context) => {
  const engine = await context.engine();
  const named = invocation.argument(0);
  const pipelines = named === undefined ? engine.pipelines : [pipelineNamed(engine.pipelines, named)];
  const accounts: Account[] = [];
  for (const pipeline of pipelines) accounts.push(...(await pathFigures(engine, pipeline)).map(accountOf));
  const texts = accounts.map((account) => accountText(account, context.output.style));
  return {
    data: { accounts: accounts.map((account) => ({ ...account, addsUp: addsUp(account) })) },
    text: texts.length === 0 ? 'No delivery is defined, so that there is nothing to account for.' : texts.join('\n\n'),
    exitCode: accounts.every(addsUp) ? 0 : errorKinds.PH_DOES_NOT_ADD_UP.exitCode,
  };
};
