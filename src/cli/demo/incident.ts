import { isPlayheadError } from '../../base/errors.ts';
import { days, formatDuration } from '../../base/units.ts';
import { type FoundIncident, incidentFigure } from '../../insight/incident.ts';
import { type IncidentScore, type MatchedIncident, matchIncidents } from '../../insight/match-incidents.ts';
import { addressed } from '../../pipeline/graph/address.ts';
import { watchTable } from '../../pipeline/watch/watch-table.ts';
import type { Incident } from '../../source/sessions/incidents.ts';
import { instant } from '../alarm-text.ts';
import type { Context } from '../context.ts';
import { folded } from '../fold.ts';
import { placeText } from '../incident-text.ts';
import type { Demo } from './flow.ts';

/**
 * Lets the pipeline's detectors watch the day that now lies in its tables, and holds what they found against what was
 * made to go wrong. Undefined where the pipeline has no detector.
 */
export async function watchDay(
  demo: Demo,
  truth: readonly Incident[],
  dayMs: number,
): Promise<IncidentScore | undefined> {
  const { engine, context, pipeline, steps } = demo;
  const detectors = addressed([pipeline.pipeline], 'detector');
  if (detectors.length === 0) return undefined;
  const found: FoundIncident[] = [];
  const blind: string[] = [];
  await steps.run(
    'watch for incidents',
    async () => {
      for (const entry of detectors) {
        const report = await watchTable(engine, entry, { fromMs: dayMs, toMs: dayMs + days(1) }, context.signal).catch(
          (error: unknown) => {
            if (!isPlayheadError(error, 'PH_NOTHING_READ')) throw error;
            blind.push(error.message);
          },
        );
        if (report !== undefined) found.push(...report.incidents);
      }
    },
    () => (blind.length > 0 ? blind.join('; ') : `${found.length} found`),
  );
  if (!context.json) context.output.err('\n');
  return matchIncidents(truth, found);
}

/** Each incident that was found, when and by what figures; each that was not; and what was found and not made. */
export async function showIncidents(
  { matched, missed, falseAlarms }: IncidentScore,
  { output }: Context,
): Promise<void> {
  const { bold, green, red, yellow } = output.style;
  const lines = [
    '',
    bold('Incidents'),
    ...matched.flatMap((match) => [`  ${green('✓')} ${foundLine(match)}`, `    ${evidenceLine(match)}`]),
    ...missed.map((truth) => `  ${red('✗')} not found: ${truthText(truth)}`),
    ...falseAlarms.map((alarm) => `  ${yellow('!')} found, but not made: ${alarm.kind}, ${placeText(alarm)}`),
  ];
  await output.out(`${folded(lines.join('\n'), output.columns)}\n`);
}

function foundLine({ found, truth, delayMs }: MatchedIncident): string {
  return `${found.kind}, ${placeText(found)}: began ${instant(truth.fromMs)}, found after ${formatDuration(delayMs)}`;
}

function evidenceLine({ found, isExact, truth }: MatchedIncident): string {
  const of = found.volume === undefined ? '' : ` of ${found.volume}`;
  const figures = `${found.measure} ${incidentFigure(found, found.observed)}${of}, usually ${incidentFigure(found, found.usual)}`;
  return `${figures}; ${isExact ? 'the place is right' : `in truth ${truthText(truth)}`}`;
}

function truthText({ kind, fromMs, toMs, where }: Incident): string {
  const place = Object.entries(where).map(([dimension, value]) => `${dimension} ${value}`);
  return `${kind}, ${place.join(', ') || 'everywhere'}, ${instant(fromMs)} to ${instant(toMs)}`;
}
