import { isPlayheadError, PlayheadError } from '../../base/errors.ts';
import { formatDuration } from '../../base/units.ts';
import { type Fire, runSchedules } from '../../orchestrate/scheduler.ts';
import { applyDefinitions } from '../../pipeline/apply/apply.ts';
import { type EngineRunner, engineRunner } from '../../pipeline/run/handlers.ts';
import { type Scheduled, scheduledTargets } from '../../pipeline/run/scheduled.ts';
import { triggersOf } from '../../pipeline/run/triggers.ts';
import { watchTriggers } from '../../pipeline/run/watch-triggers.ts';
import { alarmWatch } from '../alarm-watch.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { metricsEndpoint } from '../metrics-endpoint.ts';
import { pipelineNamed, pipelinesNamed } from '../targets.ts';
import { UnjudgedChecks } from '../unjudged-checks.ts';

/** What runs at a stop may take this long to end by itself: a delivery's plan, a job's partition. */
const graceMs = 10_000;

export const command: Command = async (invocation, context) => {
  const names = await chosenNames(invocation.argument(0), context);
  const engine = await context.engine();
  // Other pipelines may be what they name.
  const isChosen = ({ address }: { readonly address: string }): boolean => names.includes(address.split('.')[0] ?? '');
  const entries = scheduledTargets(engine.pipelines).filter(isChosen);
  const triggers = triggersOf(engine.pipelines).filter(isChosen);
  if (entries.length + triggers.length === 0) {
    throw new PlayheadError('PH_USAGE', 'no schedule and no trigger is defined', {
      hint: "Give the pipeline one: schedules: { deliver: every(minutes(1), run('deliver')) }",
    });
  }
  await applyDefinitions(engine);
  const run = await engineRunner(engine);
  const endpoint = await metricsEndpoint(invocation, engine);
  announce(entries, endpoint?.url, context);
  const unjudged = new UnjudgedChecks();
  const fire = (entry: Scheduled, signal: AbortSignal): Promise<void> => runOnce(entry, run, unjudged, signal, context);
  if (invocation.flag('now')) await runEachOnce(entries, fire, context.signal);
  const schedules = (stop: AbortSignal): Promise<void> =>
    runSchedules(
      entries,
      {
        stop,
        graceMs,
        fire: async ({ entry, missed }: Fire, signal) => {
          const own = entries.find(({ address }) => address === entry.address);
          if (own === undefined) return;
          if (missed > 0) say(context, `${own.target}: one run for ${missed + 1} times that it was due`);
          await fire(own, signal);
        },
      },
      engine.effects,
    );
  try {
    const watch = (stop: AbortSignal): Promise<void> =>
      watchTriggers(engine, triggers, run, stop, ({ job }, error) => sayEnded(job, error, context));
    const chosen = { ...engine, pipelines: engine.pipelines.filter(({ name }) => names.includes(name)) };
    await together(context.signal, schedules, watch, ...alarmWatch(chosen, say, context));
  } finally {
    await endpoint?.close();
  }
  for (const line of unjudged.lines(context.output.errStyle)) say(context, line);
  say(context, 'stopped');
  return {};
};

/** All pipelines of a config. Of the shipped ones, which nobody put together, one has to be named: one makes records up, another needs a key. */
async function chosenNames(named: string | undefined, context: Context): Promise<readonly string[]> {
  const { pipelines, file } = await context.config();
  const chosen = file === undefined ? [pipelineNamed(pipelines, named)] : pipelinesNamed(pipelines, named);
  return chosen.map(({ name }) => name);
}

/** Runs all until the stop. One that fails ends the others, and is thrown when they have ended: half of them would look like all. */
async function together(stop: AbortSignal, ...works: readonly ((stop: AbortSignal) => Promise<void>)[]): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([stop, failed.signal]);
  const ended = await Promise.allSettled(
    works.map((work) =>
      work(either).catch((error: unknown) => {
        failed.abort();
        throw error;
      }),
    ),
  );
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
}

/** In the order of the definitions, one after the other: what is later in the flow then finds what is earlier. */
async function runEachOnce(
  entries: readonly Scheduled[],
  fire: (entry: Scheduled, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const seen = new Set<string>();
  for (const entry of entries) {
    if (signal.aborted || seen.has(entry.target)) continue;
    seen.add(entry.target);
    await fire(entry, signal);
  }
}

/** A run that failed is recorded and shown, and the schedule goes on: the next run may find its cause mended. */
async function runOnce(
  entry: Scheduled,
  run: EngineRunner,
  unjudged: UnjudgedChecks,
  signal: AbortSignal,
  context: Context,
): Promise<void> {
  const { clock } = context.effects;
  const { target, kind, address } = entry;
  const started = clock.monotonicMs();
  const { green, dim } = context.output.errStyle;
  try {
    const output = await run({ address: target, kind, trigger: address, arguments: entry.arguments }, signal);
    if ('checks' in output)
      for (const each of [{ address: target, checks: output.checks }, ...output.downstream])
        unjudged.add(each.address, each.checks);
    say(context, `${green('✓')} ${target} ${dim(formatDuration(clock.monotonicMs() - started))}`);
  } catch (error) {
    sayEnded(target, error, context);
  }
}

/** How a run ended; an error that is none of ours is thrown. */
function sayEnded(target: string, error: unknown, context: Context): void {
  const { red, green, yellow, dim } = context.output.errStyle;
  if (error === undefined) say(context, `${green('✓')} ${target}`);
  else if (!isPlayheadError(error)) throw error;
  else if (error.code === 'PH_INTERRUPTED') say(context, `${yellow('!')} ${target} interrupted`);
  else say(context, `${red('✗')} ${target}: ${error.message} ${dim(error.code)}`);
}

function announce(entries: readonly Scheduled[], metricsUrl: string | undefined, context: Context): void {
  const now = context.effects.clock.now();
  const width = Math.max(...entries.map(({ target }) => target.length));
  const { dim, bold } = context.output.errStyle;
  const lines = entries.map(({ target, schedule }) => {
    const next = schedule.next(now);
    const due = next === undefined ? 'never again' : `next ${new Date(next).toISOString().slice(11, 16)} UTC`;
    return `  ${target.padEnd(width)}  ${schedule.expression.padEnd(20)}  ${dim(due)}`;
  });
  if (metricsUrl !== undefined) lines.push(`  metrics at ${metricsUrl}`);
  context.output.err(`${bold('Running schedules')} ${dim('(Ctrl-C stops cleanly)')}\n${lines.join('\n')}\n\n`);
}

function say(context: Context, line: string): void {
  const time = new Date(context.effects.clock.now()).toISOString().slice(11, 19);
  context.output.err(`${context.output.errStyle.dim(time)}  ${line}\n`);
}
