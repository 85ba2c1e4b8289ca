import { formatCount, formatDuration } from '../base/units.ts';
import { type FoundIncident, incidentFigure } from '../insight/incident.ts';
import type { WatchReport } from '../pipeline/watch/watch-table.ts';
import { instant } from './alarm-text.ts';
import type { Context } from './context.ts';
import { type GridCell, grid } from './grid.ts';

/** What a detector found: each incident with its place, when, for how long, and how far from the usual. */
export function watchText(report: WatchReport, { output }: Context): string {
  const { detector, fromMs, toMs, unjudged, incidents } = report;
  const { style, columns: maxWidth } = output;
  const title = `${detector} watched ${report.table} from ${instant(fromMs)} to ${instant(toMs)}`;
  const notes = unjudged.map((line) => style.yellow(`! ${line}`));
  const judged = unjudged.length === 0 ? '' : ' in what could be judged';
  if (incidents.length === 0) return [`${title}: nothing out of the ordinary${judged}.`, ...notes].join('\n');
  const cells = incidents.map((incident): GridCell[] => [
    { text: incident.kind, paint: style.yellow },
    placeText(incident),
    instant(incident.fromMs),
    incident.isOpen ? { text: 'goes on', paint: style.red } : formatDuration(incident.toMs - incident.fromMs),
    instant(incident.raisedMs),
    incidentFigure(incident, incident.observed),
    incidentFigure(incident, incident.usual),
    incident.volume === undefined ? '—' : formatCount(incident.volume),
  ]);
  const columns = [
    { title: 'incident', apart: 'above' },
    { title: 'where', apart: 'above' },
    { title: 'from' },
    { title: 'for', align: 'right' },
    { title: 'known at' },
    { title: 'seen', align: 'right' },
    { title: 'usual', align: 'right' },
    { title: 'of', align: 'right' },
  ] as const;
  const table = grid(columns, cells, { maxWidth, paint: { header: style.dim, rule: style.dim } });
  return [`${title}:`, table, ...notes].join('\n');
}

export function placeText({ scope }: FoundIncident): string {
  return scope.dimension === undefined ? 'everywhere' : `${scope.dimension} ${scope.value}`;
}
