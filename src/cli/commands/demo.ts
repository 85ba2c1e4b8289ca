import { formatDuration } from '../../base/units.ts';
import { pathFigures } from '../../check/path-figures.ts';
import { accountOf, addsUp } from '../../ledger/account.ts';
import { applyDefinitions } from '../../pipeline/apply/apply.ts';
import { queriesOf } from '../../pipeline/engine/queries.ts';
import { engineRunner } from '../../pipeline/run/handlers.ts';
import type { Queries } from '../../query/queries.ts';
import { accountText } from '../account-text.ts';
import type { Command } from '../command.ts';
import { askingPipeline, showApiDemo } from '../demo/api.ts';
import { disturbanceOf } from '../demo/disturbance.ts';
import { crawl, type Demo, firstHour, flowAtOnce, sumOf } from '../demo/flow.ts';
import { showIncidents, watchDay } from '../demo/incident.ts';
import { showNextCommands } from '../demo/next-commands.ts';
import { demoPipeline } from '../demo/pipeline.ts';
import { showFirstAnswer, showQueries } from '../demo/queries.ts';
import { reconcile } from '../demo/reconcile.ts';
import { showSetAside } from '../demo/set-aside.ts';
import { dayText, showHeading, startSteps } from '../demo/steps.ts';
import { folded } from '../fold.ts';
import { parseInstant } from '../invocation.ts';
import { ensureReference } from '../reference.ts';
import { UnjudgedChecks } from '../unjudged-checks.ts';

/** The day that the shipped queries name. */
const defaultDay = '2025-08-11';
const hourMs = 3_600_000;

export const command: Command = async (invocation, context) => {
  const day = invocation.text('day');
  const dayMs = parseInstant(day ?? defaultDay, '--day');
  const engine = await context.engine();
  const named = invocation.argument(0);
  const asking = askingPipeline(engine, named);
  if (asking !== undefined) return showApiDemo(asking, engine, context, dayMs);
  const pipeline = demoPipeline(engine, named);
  const steps = startSteps(context);
  const way = 'simulated sessions → stream → delivery → lake → catalog → curated table → SQL';
  showHeading(`${pipeline.pipeline.name}: ${dayText(dayMs)} through a whole pipeline`, way, context);
  await applyDefinitions(engine);
  const disturbance = disturbanceOf(pipeline.sessions.definition, dayMs);
  const demo: Demo = {
    engine,
    context,
    steps,
    pipeline,
    disturbance,
    run: await engineRunner(engine),
    unjudged: new UnjudgedChecks(),
  };
  await ensureReference(engine, pipeline.sessions, context);
  const queries = await queriesOf(engine);
  try {
    const hour = await firstHour(demo, dayMs);
    await showFirstAnswer(demo, queries);
    const rest = await flowAtOnce(demo, dayMs + hourMs, dayMs + 24 * hourMs, 'the rest of the day', hour);
    await crawl(demo);
    await showQueries(demo, queries);
    const { exitCode, data } = await showLastScreen(demo, queries, dayMs);
    return { exitCode, data: { day: dayMs, ...sumOf(hour, rest), elapsedMs: steps.elapsedMs(), ...data } };
  } finally {
    await queries.close();
  }
};

/** The account of every record, what was set aside, the incident, and what to try next. */
async function showLastScreen(
  demo: Demo,
  queries: Queries,
  dayMs: number,
): Promise<{ readonly exitCode: number; readonly data: object }> {
  const { engine, context, pipeline, disturbance, unjudged } = demo;
  const incidents = await watchDay(demo, disturbance.incidents, dayMs);
  const paths = await pathFigures(engine, pipeline.pipeline);
  const accounts = paths.map(accountOf);
  if (!context.json) {
    for (const account of accounts) await context.output.out(`${accountText(account, context.output.style)}\n`);
  }
  const reconciled = await reconcile(demo, queries, paths);
  const setAside = await showSetAside(demo);
  if (incidents !== undefined && !context.json) await showIncidents(incidents, context);
  for (const line of context.json ? [] : unjudged.lines(context.output.style))
    await context.output.out(`\n${folded(line, context.output.columns)}\n`);
  const next = await showNextCommands(demo, queries);
  if (!context.json)
    context.output.err(`\n${context.output.errStyle.dim(`in ${formatDuration(demo.steps.elapsedMs())}`)}\n`);
  return {
    data: { accounts, setAside, ...(incidents === undefined ? {} : { incidents }), next },
    exitCode: reconciled && accounts.every(addsUp) ? 0 : 4,
  };
}
