import { errorKinds, PlayheadError } from '../../base/errors.ts';
import { either, nearest } from '../../base/nearest.ts';
import { type Breakdown, breakdowns } from '../../check/breakdown.ts';
import type { Path } from '../../check/path.ts';
import { pathFigures } from '../../check/path-figures.ts';
import { isSound, type RestLedger, type RestPath, restLedgers } from '../../check/rest-ledger.ts';
import { accountOf, addsUp } from '../../ledger/account.ts';
import type { DeepCheck } from '../../ledger/verify-objects.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { accountText, derivedText } from '../account-text.ts';
import { breakdownData, breakdownText } from '../breakdown-text.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import type { Style } from '../output.ts';
import { restAccountText } from '../rest-account-text.ts';
import { pipelinesNamed } from '../targets.ts';

export const command: Command = async (invocation, context) => {
  const by = breakdownNamed(invocation.text('by'));
  const engine = await context.engine();
  const pipelines = pipelinesNamed(engine.pipelines, invocation.argument(0));
  const paths: Path[] = [];
  const sources: RestLedger[] = [];
  const read = async (deep?: DeepCheck): Promise<void> => {
    for (const pipeline of pipelines) {
      paths.push(...(await pathFigures(engine, pipeline, deep)));
      sources.push(...(await restLedgers(engine, pipeline, deep)));
    }
  };
  if (invocation.flag('deep')) await readDeeply(engine, context, read);
  else await read();
  const { style, columns } = context.output;
  const accounts = paths.map((path) => {
    const account = accountOf(path);
    return { path, account, addsUp: addsUp(account) };
  });
  const sourceTexts = sources.flatMap((source) => [
    restAccountText(source, style, columns),
    ...source.paths.map((path) => pathText(path, style)),
  ]);
  const texts = accounts.flatMap(({ path }) => [
    pathText(path, style),
    ...(by === undefined ? [] : [breakdownText(path, by, style, columns)]),
  ]);
  return {
    data: {
      accounts: accounts.map(({ path, account, addsUp: good }) => ({
        ...account,
        addsUp: good,
        derived: path.derived,
        ...(by === undefined ? {} : breakdownData(path, by)),
      })),
      sources: sources.map(({ account, faults, paths: made }) => ({
        ...account,
        faults,
        accounts: made.map((path) => ({ ...accountOf(path), derived: path.derived })),
      })),
    },
    text: [...sourceTexts, ...texts].join('\n\n') || 'No stream is defined, so that there is nothing to account for.',
    exitCode:
      accounts.every((each) => each.addsUp) && sources.every(isSound) ? 0 : errorKinds.PH_DOES_NOT_ADD_UP.exitCode,
  };
};

function pathText(path: RestPath, style: Style): string {
  return [accountText(accountOf(path), style), ...path.derived.map((table) => derivedText(table, style))].join('\n');
}

async function readDeeply(engine: Engine, context: Context, read: (deep: DeepCheck) => Promise<void>): Promise<void> {
  await using session = await (await engine.duck()).connect();
  const progress = context.progress();
  try {
    await read({
      session,
      onObject: (done, of) => {
        context.signal.throwIfAborted();
        progress.update(`reading objects: ${done + 1} of ${of}`);
      },
    });
  } finally {
    progress.end();
  }
}

function breakdownNamed(written: string | undefined): Breakdown | undefined {
  if (written === undefined) return undefined;
  const found = breakdowns.find((known) => known === written);
  if (found !== undefined) return found;
  const near = nearest(written, breakdowns);
  throw new PlayheadError('PH_USAGE', `--by ${written}: expected ${either(breakdowns)}`, {
    ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
  });
}
