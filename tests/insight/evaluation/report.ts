import type { FoundIncident } from '../../../src/insight/incident.ts';
import type { IncidentScore } from '../../../src/insight/match-incidents.ts';
import { type Incident, type IncidentKind, incidentKinds } from '../../../src/source/sessions/incidents.ts';

export interface SeedResult {
  readonly seed: number;
  readonly score: IncidentScore;
  /** What was found in the same fortnight without incidents. */
  readonly quiet: readonly FoundIncident[];
}

interface Evaluation {
  /** Markdown. */
  readonly text: string;
  /** Share of the incidents that were found in time. */
  readonly recall: number;
  /** Share of what was found that was an incident. */
  readonly precision: number;
}

/** Figures by seed and by kind, and everything that went wrong. An incident found later than allowed counts as missed. */
export function evaluationReport(results: readonly SeedResult[], mostDelayMs: number): Evaluation {
  const scores = results.map(({ score }) => score);
  const all = figures(scores, mostDelayMs);
  const seedRows = results.map(({ seed, score, quiet }) => {
    const own = figures([score], mostDelayMs);
    return [seed, own.of, own.inTime, own.late, own.missed, own.falseAlarms, own.exact, own.worst, quiet.length];
  });
  const kindRows = incidentKinds.map((kind) => {
    const own = figures(
      scores.map((score) => ofKind(score, kind)),
      mostDelayMs,
    );
    return [kind, own.of, own.inTime, own.late, own.missed, own.falseAlarms, own.exact, own.worst];
  });
  const columns = ['of', 'in time', 'late', 'missed', 'false alarms', 'place exact', 'median / longest delay, min'];
  const wrong = results.flatMap((result) => wrongLines(result, mostDelayMs));
  const text = [
    `Recall ${all.recall.toFixed(3)} (${all.inTime} of ${all.of} within ${mostDelayMs / 60_000} minutes), ` +
      `precision ${all.precision.toFixed(3)} (${all.matched} of ${all.found}). ` +
      `Without incidents: ${results.reduce((sum, { quiet }) => sum + quiet.length, 0)} false alarms in ${results.length} fortnights.`,
    table(['seed', ...columns, 'false alarms, quiet'], seedRows),
    table(['kind', ...columns], kindRows),
    wrong.length === 0 ? 'Nothing was missed, late or false.' : wrong.join('\n'),
  ].join('\n\n');
  return { text, recall: all.recall, precision: all.precision };
}

function figures(scores: readonly IncidentScore[], mostDelayMs: number) {
  const matched = scores.flatMap((score) => score.matched);
  const delays = matched.map(({ delayMs }) => delayMs / 60_000).sort((a, b) => a - b);
  const inTime = matched.filter(({ delayMs }) => delayMs <= mostDelayMs).length;
  const missed = scores.reduce((sum, score) => sum + score.missed.length, 0);
  const falseAlarms = scores.reduce((sum, score) => sum + score.falseAlarms.length, 0);
  const of = matched.length + missed;
  const found = matched.length + falseAlarms;
  return {
    of,
    found,
    matched: matched.length,
    inTime,
    late: matched.length - inTime,
    missed,
    falseAlarms,
    exact: matched.filter(({ isExact }) => isExact).length,
    worst: delays.length === 0 ? '' : `${delays[delays.length >> 1]} / ${delays.at(-1)}`,
    recall: of === 0 ? 1 : inTime / of,
    precision: found === 0 ? 1 : matched.length / found,
  };
}

function ofKind({ matched, missed, falseAlarms }: IncidentScore, kind: IncidentKind): IncidentScore {
  return {
    matched: matched.filter(({ truth }) => truth.kind === kind),
    missed: missed.filter((truth) => truth.kind === kind),
    falseAlarms: falseAlarms.filter((found) => found.kind === kind),
  };
}

function wrongLines({ seed, score, quiet }: SeedResult, mostDelayMs: number): string[] {
  const late = score.matched.filter(({ delayMs }) => delayMs > mostDelayMs);
  return [
    ...late.map(({ truth, delayMs }) => `- seed ${seed}, late by ${delayMs / 60_000} min: ${incidentText(truth)}`),
    ...score.missed.map((truth) => `- seed ${seed}, missed: ${incidentText(truth)}`),
    ...score.falseAlarms.map((found) => `- seed ${seed}, false: ${foundText(found)}`),
    ...quiet.map((found) => `- seed ${seed}, false without incidents: ${foundText(found)}`),
  ];
}

function incidentText({ kind, fromMs, toMs, magnitude, where }: Incident): string {
  const place = Object.values(where).join(', ') || 'everywhere';
  return `${kind} ×${magnitude}, ${place}, ${time(fromMs)} to ${time(toMs)}`;
}

function foundText({ kind, scope, fromMs, toMs, observed, usual, volume }: FoundIncident): string {
  const round = (value: number): string => String(Number(value.toPrecision(3)));
  return `${kind}, ${scope.value ?? 'everywhere'}, ${time(fromMs)} to ${time(toMs)}: ${round(observed)} against ${round(usual)}, of ${volume}`;
}

function time(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16);
}

function table(titles: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}
