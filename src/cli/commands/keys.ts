import { resolve } from 'node:path';
import { PlayheadError } from '../../base/errors.ts';
import { keyRingText, newMasterKey } from '../../base/key-ring.ts';
import { suggestion } from '../../base/nearest.ts';
import { counted, formatCount } from '../../base/units.ts';
import { createKeyFile, keyUsage, rotateKeys } from '../../govern/rotate-keys.ts';
import type { Command, CommandResult } from '../command.ts';
import type { Context } from '../context.ts';
import { grid } from '../grid.ts';
import type { Invocation } from '../invocation.ts';

const actions: Readonly<Record<string, (invocation: Invocation, context: Context) => Promise<CommandResult>>> = {
  show,
  create,
  rotate,
  issue: async (invocation, context) => (await import('../api-key-actions.ts')).issue(invocation, context),
  issued: async (invocation, context) => (await import('../api-key-actions.ts')).issued(invocation, context),
  revoke: async (invocation, context) => (await import('../api-key-actions.ts')).revoke(invocation, context),
};

export const command: Command = async (invocation, context) => {
  const named = invocation.argument(0) ?? 'show';
  const action = Object.hasOwn(actions, named) ? actions[named] : undefined;
  if (action === undefined)
    throw new PlayheadError('PH_USAGE', `no action of keys is called "${named}"`, {
      hint: suggestion(named, Object.keys(actions)),
    });
  return action(invocation, context);
};

async function show(_: Invocation, context: Context): Promise<CommandResult> {
  const engine = await context.engine();
  const { ring } = await engine.keys();
  const { sealed, plain } = await keyUsage(engine.home, context.effects);
  if (ring === undefined)
    return {
      data: { encrypted: false, plain },
      text: `This home is not encrypted. To encrypt what is written from now on:\n  playhead keys create FILE\n  export PLAYHEAD_KEY_FILE=FILE`,
    };
  const keys = ring.keys.map(({ id }, at) => ({ id, current: at === 0, files: sealed[id] ?? 0 }));
  const { dim } = context.output.style;
  const table = grid(
    [{ title: 'key' }, { title: '' }, { title: 'opens', align: 'right' }],
    keys.map(({ id, current, files }) => [id, current ? 'current' : '', `${formatCount(files)} files`]),
    { paint: { header: dim, rule: dim } },
  );
  const left = plain === 0 ? '' : `\n${plainText(plain)}`;
  return { data: { encrypted: true, from: ring.from, keys, plain }, text: `${table}\nfrom ${ring.from}${left}` };
}

async function create(invocation: Invocation, context: Context): Promise<CommandResult> {
  const path = invocation.argument(1);
  if (path === undefined) return { text: keyRingText([newMasterKey()]) };
  const file = resolve(context.workingDirectory, path);
  const id = await createKeyFile(file, context.effects);
  const text = `key ${id} is in ${file}\nKeep a copy where the home is not: without it, nobody can read the data.\n  export PLAYHEAD_KEY_FILE=${file}`;
  return { data: { id, file }, text };
}

async function rotate(invocation: Invocation, context: Context): Promise<CommandResult> {
  const engine = await context.engine();
  const { ring, file } = await engine.keys();
  if (ring === undefined)
    throw new PlayheadError('PH_KEY_MISSING', 'this home is not encrypted: there is no key to rotate', {
      hint: 'playhead keys create FILE, then export PLAYHEAD_KEY_FILE=FILE',
    });
  const forget = invocation.flag('forget');
  const rotation = await rotateKeys(engine.home, { ring, file }, { forget }, engine.effects);
  const { keyId, newKey, rewrapped, forgotten, plain } = rotation;
  const lines = [
    `${newKey ? 'new key' : 'key'} ${keyId}: ${counted(rewrapped, 'file')} wrapped anew`,
    ...(forgotten.length === 0 ? [] : [`forgotten: ${forgotten.join(', ')}`]),
    ...(newKey
      ? ['The former keys stay in the file for processes that run now; later: playhead keys rotate --forget']
      : []),
    ...(plain === 0 ? [] : [plainText(plain)]),
  ];
  return { data: rotation, text: lines.join('\n') };
}

function plainText(plain: number): string {
  return `${counted(plain, 'file')} not encrypted, from before: they go with retention and lifecycle, or are written again by their jobs`;
}
