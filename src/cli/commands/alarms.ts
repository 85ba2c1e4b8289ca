import { PlayheadError } from '../../base/errors.ts';
import { suggestion } from '../../base/nearest.ts';
import { sendUntil } from '../../observe/send-notifications.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { resolveAddress } from '../../pipeline/graph/address.ts';
import { boundAlarms } from '../../pipeline/watch/bound-alarms.ts';
import { rehearseInCopy } from '../../pipeline/watch/rehearse-alarms.ts';
import { boundNotifiers, evaluateAllAlarms } from '../../pipeline/watch/watch-alarms.ts';
import { alarmsText, historyText, rehearsalsText } from '../alarm-text.ts';
import type { Command, CommandResult } from '../command.ts';
import type { Context } from '../context.ts';
import type { Invocation } from '../invocation.ts';

type Action = (engine: Engine, invocation: Invocation, context: Context) => Promise<CommandResult>;

const actions: Readonly<Record<string, Action>> = { list, evaluate, rehearse, history };

export const command: Command = async (invocation, context) => {
  const named = invocation.argument(0) ?? 'list';
  const action = Object.hasOwn(actions, named) ? actions[named] : undefined;
  if (action === undefined) {
    const hint = suggestion(named, Object.keys(actions));
    throw new PlayheadError('PH_USAGE', `no action of alarms is called "${named}"`, { hint });
  }
  return action(await context.engine(), invocation, context);
};

/** Reads only: what the last evaluation found. */
async function list(engine: Engine, invocation: Invocation, context: Context): Promise<CommandResult> {
  const store = await engine.alarms();
  const rows = chosen(engine, invocation).map((alarm) => ({
    alarm,
    record: store.state(alarm.address),
    rehearsal: store.lastRehearsal(alarm.address),
  }));
  return {
    data: { alarms: rows.map(({ alarm, record, rehearsal }) => ({ ...described(alarm), ...record, rehearsal })) },
    text: alarmsText(rows, context),
  };
}

/** How long an evaluation waits for receivers that don't answer; what is left then, the next one sends. */
const patienceMs = 10_000;

async function evaluate(engine: Engine, invocation: Invocation, context: Context): Promise<CommandResult> {
  const records = await evaluateAllAlarms(engine);
  const store = await engine.alarms();
  const { signal, effects } = context;
  await sendUntil(effects.clock.now() + patienceMs, store, boundNotifiers(engine), { signal }, effects);
  const result = await list(engine, invocation, context);
  const blind = records.some(({ state }) => state === 'EVALUATION_ERROR');
  return { ...result, exitCode: blind ? 1 : 0 };
}

async function rehearse(engine: Engine, invocation: Invocation, context: Context): Promise<CommandResult> {
  const alarms = chosen(engine, invocation);
  const nameOf = new Map(alarms.map(({ address, definition }) => [address, definition.name]));
  const rehearsals = await rehearseInCopy(engine, alarms, context.signal);
  return {
    data: { rehearsals: rehearsals.map((each) => ({ ...each, name: nameOf.get(each.alarm) })) },
    text: rehearsalsText(rehearsals, engine.profile.notifiers === undefined, context.output.style),
    exitCode: rehearsals.every(({ passed }) => passed) ? 0 : 1,
  };
}

async function history(engine: Engine, invocation: Invocation, context: Context): Promise<CommandResult> {
  const store = await engine.alarms();
  const address = invocation.argument(1) === undefined ? undefined : chosen(engine, invocation)[0]?.address;
  const filter = { limit: invocation.count('limit', 1) ?? 50, ...(address === undefined ? {} : { alarm: address }) };
  const [transitions, notifications] = [store.transitions(filter), store.notifications(filter)];
  const nameOf = new Map(boundAlarms(engine.pipelines).map((alarm) => [alarm.address, alarm.definition.name]));
  const named = <T extends { readonly alarm: string }>(each: T): T => {
    return { ...each, alarm: nameOf.get(each.alarm) ?? each.alarm };
  };
  const text = historyText(
    transitions.map(named),
    notifications.map((each) => ({
      ...each,
      alarm: nameOf.get(each.notification.address) ?? each.notification.address,
    })),
    context,
  );
  return {
    data: { transitions: transitions.map((each) => ({ ...each, name: nameOf.get(each.alarm) })), notifications },
    text,
  };
}

/** The alarm that is named, by its address or by what notifications call it; all where none is. */
function chosen(engine: Engine, invocation: Invocation): ReturnType<typeof boundAlarms> {
  const all = boundAlarms(engine.pipelines);
  const named = invocation.argument(1);
  if (all.length === 0)
    throw new PlayheadError('PH_USAGE', 'no alarm is defined', { hint: 'docs/alarms.md shows how to define one.' });
  if (named === undefined) return all;
  const byName = all.filter(({ definition }) => definition.name === named);
  if (byName.length > 0) return byName;
  const { address } = resolveAddress(engine.pipelines, named, ['alarm']);
  return all.filter((alarm) => alarm.address === address);
}

function described({ address, definition, metric }: ReturnType<typeof boundAlarms>[number]): object {
  const { namespace, name, dimensions } = metric;
  return { alarm: address, name: definition.name, metric: { namespace, name, dimensions } };
}
