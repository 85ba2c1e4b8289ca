import { errorKinds, PlayheadError } from '../../base/errors.ts';
import { certificateJson, isClean } from '../../govern/erase/certificate.ts';
import { forgetErased } from '../../govern/erase/erased-people.ts';
import { type Person, parsePerson } from '../../govern/erase/person.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { eraseFrom } from '../../pipeline/erase/erase.ts';
import type { Command, CommandResult } from '../command.ts';

export const command: Command = async (invocation, context) => {
  const key = invocation.text('key');
  if (key === undefined)
    throw new PlayheadError('PH_USAGE', 'whom? --key says it', {
      hint: 'playhead erase --key user_id=U-2718281828',
    });
  const person = parsePerson(key);
  const engine = await context.engine();
  if (invocation.flag('readmit')) return readmit(engine, person);
  const progress = context.progress();
  const erased = await eraseFrom(engine, person, {
    version: context.host.version,
    signal: context.signal,
    undeclared: invocation.flag('undeclared'),
    onProgress: (text) => progress.update(text),
    written: await context.config(),
  }).finally(() => progress.end());
  const clean = isClean(erased.certificate);
  const { behind } = erased;
  const left = behind.map(({ address, error }) => `\n${address} still has to be run, and failed now: ${error}`);
  return {
    data: { clean, key: erased.key, behind, certificate: certificateJson(erased.certificate) },
    text: `${erased.text}kept as ${erased.key}, and as text beside it${left.join('')}`,
    exitCode: clean ? 0 : errorKinds.PH_DOES_NOT_ADD_UP.exitCode,
  };
};

async function readmit(engine: Engine, person: Person): Promise<CommandResult> {
  if (!(await forgetErased(engine.home.root, person, engine.effects)))
    throw new PlayheadError('PH_PERSON_UNKNOWN', `nobody with this ${person.field} was erased here`, {
      hint: "Nothing was changed: their records are taken as everybody else's.",
    });
  return {
    data: { readmitted: true },
    text: 'Records of them are taken again from now on. What came meanwhile is not there: only its places were kept.',
  };
}
