import { PlayheadError } from '../../base/errors.ts';
import { counted, formatBytes, formatCount } from '../../base/units.ts';
import { type Destroyed, destroyHome } from '../../check/destroy/destroy-home.ts';
import { type WhatGoes, whatGoes } from '../../check/destroy/what-goes.ts';
import { isHome } from '../../pipeline/engine/home.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { grid } from '../grid.ts';
import { typeable } from '../typeable.ts';

/** What has to be typed where nobody said --yes. */
const consent = 'destroy';

export const command: Command = async (invocation, context) => {
  // Any folder has files that are called as ours are.
  if (!(await isHome(context.home, context.effects)))
    throw new PlayheadError('PH_USAGE', `there is no home at ${context.home}`, { hint: 'Name it with --home.' });
  const keepData = invocation.flag('keep-data');
  const engine = await context.engine();
  const goes = await whatGoes(engine);
  if (!invocation.flag('yes')) await askConsent(goesText(goes, keepData), keepData, context);
  const progress = context.progress();
  const destroyed = await destroyHome(engine, { keepData, onProgress: (text) => progress.update(text) }).finally(() =>
    progress.end(),
  );
  const { data, text } = result(goes, destroyed, keepData);
  return { data, text: typeable(text, context.host.calledAs(context.workingDirectory)) };
};

/** Only a person at a terminal can be asked; a script says it beforehand. */
async function askConsent(text: string, keepData: boolean, context: Context): Promise<void> {
  const { host, json, output } = context;
  if (json || !host.inputIsTerminal)
    throw new PlayheadError('PH_USAGE', `destroy asks for consent, and there is no terminal to ask at\n${text}`, {
      hint: `playhead destroy ${keepData ? '--keep-data ' : ''}--yes does it unasked. Nothing was changed.`,
    });
  output.err(`${text}\nType ${consent} to go on: `);
  let typed = '';
  for await (const chunk of host.input) {
    typed += Buffer.from(chunk).toString();
    if (typed.includes('\n')) break;
  }
  if (typed.trim() !== consent) throw new PlayheadError('PH_INTERRUPTED', 'nothing was changed');
}

function goesText({ home, tables, topics, undelivered, bucket }: WhatGoes, keepData: boolean): string {
  const place = bucket ? 'the bucket of the profile' : home;
  const rows = tables.map(({ table, rows: count, sizeBytes }) => [table, formatCount(count), formatBytes(sizeBytes)]);
  const lines = [
    `${keepData ? 'Stays' : 'Goes for good'}: tables, with every object that their commits name in ${place}`,
    ...(rows.length === 0
      ? ['none']
      : grid([{ title: 'table' }, { title: 'rows', align: 'right' }, { title: 'size', align: 'right' }], rows).split(
          '\n',
        )
    ).map((line) => `  ${line}`),
    `Goes for good: ${home}: catalog with what statements made in it, runs, metrics, alarms, API keys${keepData ? '' : ', audit log'}`,
    ...topics.map(
      ({ topic, records, goes }) =>
        `${goes ? 'Goes for good' : 'Stays'}: topic ${topic}, ${counted(records, 'record')}`,
    ),
    ...(undelivered === 0 ? [] : [`${counted(undelivered, 'record')} of these no delivery has brought into the lake.`]),
    ...(bucket && !keepData
      ? ['Other homes that have these pipelines in the same bucket lose their tables, too.']
      : []),
  ];
  return lines.join('\n');
}

function result(goes: WhatGoes, destroyed: Destroyed, keepData: boolean): { data: unknown; text: string } {
  const { objects, left, foreign } = destroyed;
  const lines = [
    keepData
      ? `${goes.home} holds its lake alone: playhead rebuild makes the catalog anew`
      : `removed ${foreign.length + left === 0 ? '' : "what is Playhead's in "}${goes.home}, ${counted(objects, 'object')} of its lake among it`,
    ...(left === 0 ? [] : [`left in the lake: ${counted(left, 'object')} of others`]),
    ...foreign.map((name) => `left in the home: ${name}, which is not Playhead's`),
    ...goes.topics.filter((topic) => !topic.goes).map(({ topic }) => `left in its log: topic ${topic}`),
  ];
  return { data: { home: goes.home, keepData, ...destroyed }, text: lines.join('\n') };
}
