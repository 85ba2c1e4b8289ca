import { errorKinds, PlayheadError } from '../../base/errors.ts';
import { either, suggestion } from '../../base/nearest.ts';
import { counted } from '../../base/units.ts';
import type { Catalog, CatalogView } from '../../catalog/catalog.ts';
import type { LineageEvents } from '../../observe/open-lineage/open.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { lineageOf } from '../../pipeline/graph/lineage.ts';
import { lineageNamespace } from '../../pipeline/run/run-lineage.ts';
import { openLineages } from '../../sql/lineage-cache.ts';
import { findTarget, type LineageTarget } from '../../transform/lineage/find.ts';
import { around, type LineageGraph } from '../../transform/lineage/graph.ts';
import { mermaidColumn, mermaidGraph } from '../../transform/lineage/mermaid.ts';
import type { Command, CommandResult } from '../command.ts';
import type { Context } from '../context.ts';
import type { Invocation } from '../invocation.ts';
import { columnText, datasetText, wholeText } from '../lineage-text.ts';

const formats = ['text', 'mermaid', 'json', 'openlineage'] as const;
type Format = (typeof formats)[number];

export const command: Command = async (invocation, context) => {
  const format = chosenFormat(invocation, context);
  const engine = await context.engine();
  if (invocation.flag('send')) return sendPending(engine, context);
  if (invocation.flag('events')) return recorded(await engine.lineage(), invocation.count('limit', 1) ?? 1000);
  const lineages = openLineages(engine.home.cache, engine.effects);
  const graph = await lineageOf(engine.pipelines, lineages, undefined, await viewsOf(await engine.catalog()));
  const named = invocation.argument(0);
  const target = named === undefined ? undefined : findTarget(graph, named);
  const part = target === undefined ? graph : around(graph, target.dataset.id);
  if (format === 'openlineage') return jobEvents(part, context);
  return {
    data: { ...(target === undefined ? {} : { of: targetJson(target) }), ...part },
    text: format === 'json' ? JSON.stringify(part, null, 2) : shown(format, part, target, context),
    ...(format === 'text' ? {} : { isVerbatim: true as const }),
  };
};

async function viewsOf(catalog: Catalog): Promise<readonly CatalogView[]> {
  const databases = await catalog.databases();
  return (await Promise.all(databases.map((database) => catalog.views(database)))).flat();
}

function shown(
  format: 'text' | 'mermaid',
  graph: LineageGraph,
  target: LineageTarget | undefined,
  { output }: Context,
): string {
  if (target?.column === undefined) {
    if (format === 'mermaid') return mermaidGraph(graph).trimEnd();
    return target === undefined ? wholeText(graph, output) : datasetText(graph, target.dataset, output);
  }
  const { dataset, column } = target;
  if (format === 'mermaid') return mermaidColumn(graph, { dataset: dataset.id, column }).trimEnd();
  return columnText(graph, { dataset, column }, output);
}

/** What is defined, as OpenLineage's job events: a line each. */
async function jobEvents(graph: LineageGraph, { effects }: Context): Promise<CommandResult> {
  const { jobEvent, lineageFor } = await import('../../observe/open-lineage/event.ts');
  const events = [...new Set(graph.processes.map(({ id }) => id))].flatMap((id) => {
    const lineage = lineageFor(graph, id);
    return lineage === undefined ? [] : [jobEvent(lineageNamespace, lineage, effects.clock.now())];
  });
  return { data: { events }, text: events.map((event) => JSON.stringify(event)).join('\n') };
}

/** What runs told, oldest first: a line each. */
function recorded({ store }: LineageEvents, limit: number): CommandResult {
  const events = store.events(limit);
  return {
    data: { events: events.map(({ event, outcome, attempts, error }) => ({ event, outcome, attempts, error })) },
    text:
      events.length === 0
        ? 'No run has told anything yet.'
        : events.map(({ event }) => JSON.stringify(event)).join('\n'),
  };
}

async function sendPending(engine: Engine, context: Context): Promise<CommandResult> {
  if (engine.profile.lineage === undefined) {
    throw new PlayheadError('PH_USAGE', 'nobody is to be told: the profile has no lineage endpoint', {
      hint: "lineage: { backend: 'http', url: 'http://127.0.0.1:5000/api/v1/lineage' }",
    });
  }
  const lineage = await engine.lineage();
  const taken = await lineage.send(context.signal);
  const counts = lineage.store.counts();
  const left = counts.pending === 0 ? '' : `; ${counted(counts.pending, 'event')} still to go: ${counts.error ?? ''}`;
  return {
    data: { taken, ...counts },
    text: `${counted(taken, 'event')} taken${left}`,
    exitCode: counts.pending === 0 ? 0 : errorKinds.PH_NOTIFICATION_FAILED.exitCode,
  };
}

function targetJson({ dataset, column }: LineageTarget): object {
  return { dataset: dataset.id, ...(column === undefined ? {} : { column }) };
}

function chosenFormat(invocation: Invocation, { json }: Context): Format {
  const written = invocation.text('format') ?? (json ? 'json' : 'text');
  const format = formats.find((known) => known === written);
  if (format !== undefined) return format;
  throw new PlayheadError('PH_USAGE', `--format ${written}: expected ${either(formats)}`, {
    hint: suggestion(written, formats),
  });
}
