import type { Engine } from '../pipeline/engine/bind.ts';
import { evaluateEachPeriod, sendAsDue } from '../pipeline/watch/watch-alarms.ts';
import type { Context } from './context.ts';

type Say = (context: Context, line: string) => void;

/** What goes on beside the schedules: alarms are evaluated and their notifications sent; what changes or fails is shown. */
export function alarmWatch(
  engine: Engine,
  say: Say,
  context: Context,
): readonly ((stop: AbortSignal) => Promise<void>)[] {
  const { red, green, yellow, dim } = context.output.errStyle;
  const paint = { ALARM: red, OK: green, INSUFFICIENT_DATA: dim, EVALUATION_ERROR: yellow };
  return [
    (stop) =>
      evaluateEachPeriod(engine, stop, ({ alarm, state, reason }) =>
        say(context, `${paint[state](state)} ${alarm} ${dim(reason)}`),
      ),
    (stop) =>
      sendAsDue(engine, stop, ({ notifier, notification }, error) => {
        const { alarm, address, to } = notification;
        if (error !== undefined) say(context, `${yellow('!')} ${address} to ${notifier}: ${error}`);
        else say(context, `${dim('→')} ${notifier} was told: ${alarm} is ${paint[to](to)}`);
      }),
  ];
}
