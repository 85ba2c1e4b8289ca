import { unknownSettings } from '../base/unknown-settings.ts';

/** Something that is run: a source, delivery, crawler or job, by address, with arguments for a source. */
export interface RunTarget {
  readonly run: string;
  readonly arguments?: Readonly<Record<string, string | number | boolean>>;
}

/** `cron(0 * * * ? *)` (AWS: minute hour day-of-month month day-of-week year, UTC) or `rate(5 minutes)`. */
export interface ScheduleDefinition {
  readonly kind: 'schedule';
  readonly expression: string;
  readonly target: RunTarget;
}

/** New objects of a table run the job that reads it. */
export interface TriggerDefinition {
  readonly kind: 'trigger';
  /** Address of the table. */
  readonly table: string;
  readonly target: RunTarget;
}

export function run(address: string, args?: Readonly<Record<string, string | number | boolean>>): RunTarget {
  return args === undefined ? { run: address } : { run: address, arguments: args };
}

/** As soon as objects of a table are committed: `onCreated({ table: 'landing', run: run('curate') })`. */
export function onCreated(settings: { table: string; run: RunTarget }): TriggerDefinition {
  return {
    kind: 'trigger',
    table: settings.table,
    target: settings.run,
    ...unknownSettings(settings, ['table', 'run']),
  };
}

/** Every so many milliseconds, on the wall clock's multiples: `every(minutes(5), run('viewers'))`. */
export function every(intervalMs: number, target: RunTarget): ScheduleDefinition {
  return { kind: 'schedule', expression: rateExpression(intervalMs), target };
}

export function cron(expression: string, target: RunTarget): ScheduleDefinition {
  return { kind: 'schedule', expression: `cron(${expression})`, target };
}

function rateExpression(intervalMs: number): string {
  const minute = ['minute', 60_000] as const;
  const unit =
    (
      [
        ['day', 86_400_000],
        ['hour', 3_600_000],
      ] as const
    ).find(([, ms]) => intervalMs % ms === 0) ?? minute;
  // What cannot be is written all the same: validation reports it with the schedule's address.
  const count = intervalMs / unit[1];
  return `rate(${count} ${unit[0]}${count === 1 ? '' : 's'})`;
}
