import type { Clock } from '../../base/effects.ts';
import { counted, days, formatDuration, hours } from '../../base/units.ts';
import { isSound, restLedgers } from '../../check/rest-ledger.ts';
import { accountOf } from '../../ledger/account.ts';
import { applyDefinitions } from '../../pipeline/apply/apply.ts';
import { type StandIn, standInOf } from '../../pipeline/config/stand-in.ts';
import type { PipelineDefinition } from '../../pipeline/definition.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { queriesOf } from '../../pipeline/engine/queries.ts';
import { addressed, resolveAddress } from '../../pipeline/graph/address.ts';
import { recordJobs, writerOf } from '../../pipeline/graph/writers.ts';
import { type EngineRunner, engineRunner } from '../../pipeline/run/handlers.ts';
import type { RestSource } from '../../source/rest/definition.ts';
import { accountText } from '../account-text.ts';
import type { CommandResult } from '../command.ts';
import type { Context } from '../context.ts';
import { restAccountText } from '../rest-account-text.ts';
import { showQueries } from './queries.ts';
import { reconcilePages } from './reconcile-pages.ts';
import { showSetAside } from './set-aside.ts';
import { dayText, type Steps, showHeading, startSteps } from './steps.ts';

/** With a day to compare with a week before. */
const shownDays = 8;

/** When a day's work is done, UTC. */
const hourOfDay = hours(3);

/** A source that asks an API, by its address. */
export interface ApiSource {
  readonly address: string;
  readonly definition: RestSource;
}

/** The pipeline of that name where it asks an API; without a name, one that does where none simulates sessions. */
export function askingPipeline({ pipelines }: Engine, named: string | undefined): PipelineDefinition | undefined {
  const has = (pipeline: PipelineDefinition, kind: string): boolean =>
    Object.values(pipeline.sources).some(({ source }) => source === kind);
  const asking = pipelines.filter((pipeline) => has(pipeline, 'rest'));
  if (named !== undefined) return asking.find(({ name }) => name === named);
  return pipelines.some((pipeline) => has(pipeline, 'sessions')) ? undefined : asking[0];
}

/** Some days of an API through the pipeline, one after the other; today's alone where there is a key for the real one. */
export async function showApiDemo(
  pipeline: PipelineDefinition,
  engine: Engine,
  context: Context,
  lastDayMs: number,
): Promise<CommandResult> {
  const steps = startSteps(context);
  const clock = movableClock(engine.effects.clock);
  const sources = apiSources(pipeline);
  const start = sources.some((source) => hasKey(source, engine)) ? undefined : await standInOf(pipeline.name);
  const standIn = await start?.(clock.now);
  const shown = standIn === undefined ? [engine.effects.clock.now()] : daysUntil(lastDayMs);
  const what = shown.length === 1 ? dayText(shown[0] ?? lastDayMs) : `${shown.length} days`;
  const who = standIn === undefined ? 'the real API' : 'an API (a stand-in, on this machine)';
  showHeading(`${pipeline.name}: ${what} through a whole pipeline`, `${who} → lake → catalog → SQL`, context);
  try {
    await applyDefinitions(engine);
    const bound = standIn === undefined ? engine : besideStandIn(engine, standIn, clock);
    const run = await engineRunner(bound);
    for (const dayMs of shown) {
      clock.moveTo(dayMs);
      for (const { address } of sources) await syncDay(address, dayMs, run, steps, context);
    }
    return await showLastScreen(pipeline, bound, run, steps, context);
  } finally {
    await standIn?.close();
  }
}

function apiSources(pipeline: PipelineDefinition): readonly ApiSource[] {
  return addressed([pipeline], 'source').flatMap(({ address, definition }) =>
    definition.source === 'rest' ? [{ address, definition }] : [],
  );
}

function hasKey({ definition: { auth } }: ApiSource, { effects }: Engine): boolean {
  if (auth.by === 'none') return false;
  return 'file' in auth.secret || (effects.env[auth.secret.env] ?? '') !== '';
}

function daysUntil(lastDayMs: number): readonly number[] {
  return Array.from({ length: shownDays }, (_, i) => lastDayMs + hourOfDay - days(shownDays - 1 - i));
}

/** Wall time that stands where it is put; intervals pass as ever. */
function movableClock(real: Clock): Clock & { moveTo(ms: number): void } {
  let nowMs = real.now();
  return {
    ...real,
    now: () => nowMs,
    moveTo: (ms) => {
      nowMs = ms;
    },
  };
}

/** The engine on simulated days, asking the stand-in: which is as fast as it is, and needs no rate limit. */
function besideStandIn(engine: Engine, { env }: StandIn, clock: Clock): Engine {
  const hurried = (pipeline: PipelineDefinition): PipelineDefinition => ({
    ...pipeline,
    sources: Object.fromEntries(
      Object.entries(pipeline.sources).map(([name, source]) => {
        if (source.source !== 'rest') return [name, source];
        const { requestsPerSecond: _, ...rest } = source;
        return [name, rest];
      }),
    ),
  });
  const effects = { ...engine.effects, clock, env: { ...engine.effects.env, ...env } };
  return { ...engine, pipelines: engine.pipelines.map(hurried), effects };
}

async function syncDay(
  address: string,
  dayMs: number,
  run: EngineRunner,
  steps: Steps,
  { signal }: Context,
): Promise<void> {
  const day = dayText(dayMs);
  await steps.run(
    `ask for ${day}`,
    async (update) => {
      // A name of its own for each day: a second demo asks for nothing that is there.
      const request = { address, kind: 'source', trigger: 'command', arguments: { execution: `demo-${day}` } } as const;
      return run(request, signal, ({ records }) => update(counted(records, 'record')));
    },
    (output) => {
      if (output.kind !== 'rest') return '';
      if (output.pages === 0) return 'was there already: nothing appended';
      return `${counted(output.records, 'record')} on ${counted(output.pages, 'page')}`;
    },
  );
}

/** Tables that jobs make, the named queries, and the account of every page. */
async function showLastScreen(
  pipeline: PipelineDefinition,
  engine: Engine,
  run: EngineRunner,
  steps: Steps,
  context: Context,
): Promise<CommandResult> {
  // What else the pipeline does is not of the API's days.
  const jobs = recordJobs(engine.pipelines, [pipeline]).filter(({ definition }) => {
    const from = resolveAddress(engine.pipelines, definition.from, ['table'], pipeline.name);
    return writerOf(engine.pipelines, from.address)?.kind === 'source';
  });
  for (const { address } of jobs) {
    const request = { address, kind: 'job', trigger: 'command', arguments: {} } as const;
    await steps.run(
      `refine: ${address}`,
      () => run(request, context.signal),
      ({ written, partitions }) =>
        partitions.length === 0
          ? 'nothing new'
          : `${counted(written, 'row')} in ${counted(partitions.length, 'partition')}`,
    );
  }
  const queries = await queriesOf(engine);
  try {
    const named = addressed([pipeline], 'query');
    const shown = { engine, context, pipeline: { pipeline, queries: named, deliveries: [], jobs } };
    if (named.length > 0) await showQueries(shown, queries);
    const ledgers = await restLedgers(engine, pipeline);
    let good = ledgers.every(isSound);
    for (const ledger of ledgers) {
      const { account, paths } = ledger;
      const { style, columns } = context.output;
      if (!context.json) await context.output.out(`\n${restAccountText(ledger, style, columns)}\n`);
      const { definition } = resolveAddress(engine.pipelines, account.source, ['source']);
      if (definition.source === 'rest') good = (await reconcilePages(account, definition, queries, context)) && good;
      const texts = paths.map((path) => `\n${accountText(accountOf(path), style)}\n`);
      if (!context.json) await context.output.out(texts.join(''));
    }
    const setAside = await showSetAside(shown);
    const { errStyle, err } = context.output;
    if (!context.json) err(`\n${errStyle.dim(`in ${formatDuration(steps.elapsedMs())}`)}\n`);
    return {
      exitCode: good ? 0 : 4,
      data: {
        accounts: ledgers.map(({ account, faults }) => ({ ...account, faults })),
        paths: ledgers.flatMap((each) => each.paths.map(accountOf)),
        setAside,
        elapsedMs: steps.elapsedMs(),
      },
    };
  } finally {
    await queries.close();
  }
}
