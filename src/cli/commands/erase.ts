import { errorKinds, PlayheadError } from '../../base/errors.ts';
import { certificateJson, isClean } from '../../govern/erase/certificate.ts';
import { parsePerson } from '../../govern/erase/person.ts';
import { eraseFrom } from '../../pipeline/erase.ts';
import type { Command } from '../command.ts';

export const command: Command = async (invocation, context) => {
  const key = invocation.text('key');
  if (key === undefined)
    throw new PlayheadError('PH_USAGE', 'whom? --key says it', {
      hint: 'playhead erase --key user_id=U-2718281828',
    });
  const person = parsePerson(key);
  const engine = await context.engine();
  const progress = context.progress();
  const erased = await eraseFrom(engine, person, {
    version: context.host.version,
    signal: context.signal,
    onProgress: (text) => progress.update(text),
  }).finally(() => progress.end());
  const clean = isClean(erased.certificate);
  return {
    data: { clean, key: erased.key, certificate: certificateJson(erased.certificate) },
    text: `${erased.text}kept as ${erased.key}, and as text beside it`,
    exitCode: clean ? 0 : errorKinds.PH_DOES_NOT_ADD_UP.exitCode,
  };
};
