import type { Incident } from '../source/sessions/incidents.ts';
import type { FoundIncident } from './incident.ts';

/** A true incident, and the one that was found for it. */
export interface MatchedIncident {
  readonly truth: Incident;
  readonly found: FoundIncident;
  /** From its beginning until it was known; ms. */
  readonly delayMs: number;
  /** What was found is confined to just the place that it was confined to. */
  readonly isExact: boolean;
}

export interface IncidentScore {
  readonly matched: readonly MatchedIncident[];
  readonly missed: readonly Incident[];
  /** Found, and nothing was there; also what was found a second time. */
  readonly falseAlarms: readonly FoundIncident[];
}

/** So long after its end the effects of an incident may still be found: sessions that it hit come to their end. */
const graceMs = 30 * 60_000;

/**
 * Matches what was found with the truth, one to one, in the order of time: of one kind, overlapping in time, and in no
 * other place. Something found everywhere matches an incident of one place too, though not exactly.
 */
export function matchIncidents(truth: readonly Incident[], found: readonly FoundIncident[]): IncidentScore {
  const left = [...found].sort((a, b) => a.raisedMs - b.raisedMs);
  const matched: MatchedIncident[] = [];
  const missed: Incident[] = [];
  for (const each of [...truth].sort((a, b) => a.fromMs - b.fromMs)) {
    const candidates = left.filter((candidate) => fits(each, candidate));
    const best = candidates.find((candidate) => isExact(each, candidate)) ?? candidates[0];
    if (best === undefined) {
      missed.push(each);
      continue;
    }
    left.splice(left.indexOf(best), 1);
    const delayMs = best.raisedMs - each.fromMs;
    matched.push({ truth: each, found: best, delayMs, isExact: isExact(each, best) });
  }
  return { matched, missed, falseAlarms: left };
}

function fits(truth: Incident, found: FoundIncident): boolean {
  const overlaps = found.fromMs < truth.toMs + graceMs && found.toMs > truth.fromMs;
  const place = placeOf(truth, found);
  return found.kind === truth.kind && overlaps && (place === undefined || place === found.scope.value);
}

function isExact(truth: Incident, found: FoundIncident): boolean {
  const named = Object.values(truth.where).filter((value) => value !== undefined);
  if (found.scope.dimension === undefined) return named.length === 0;
  return named.length === 1 && placeOf(truth, found) === found.scope.value;
}

/** Where the truth says the incident is, along the dimension that it was found in. */
function placeOf({ where }: Incident, { scope }: FoundIncident): string | undefined {
  return Object.entries(where).find(([dimension]) => dimension === scope.dimension)?.[1];
}
