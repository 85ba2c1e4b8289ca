import { PlayheadError } from '../../base/errors.ts';

/**
 * Whole faults, on request. What the magnitude means:
 * - `isp-outage`: share of the provider's sessions that break off when it begins, and of those that then fail.
 * - `cdn-degradation`: how many times as many sessions stall; a quarter of them also drop to the next lower quality.
 * - `bad-release`: share of the sessions on the release that end with an error.
 * - `demand-spike`: how many times as many sessions start.
 */
export const incidentKinds = ['isp-outage', 'cdn-degradation', 'bad-release', 'demand-spike'] as const;
export type IncidentKind = (typeof incidentKinds)[number];

export interface Incident {
  readonly kind: IncidentKind;
  /** UTC, [from, to). */
  readonly fromMs: number;
  readonly toMs: number;
  readonly magnitude: number;
  /** What it is confined to; all that is named must match. */
  readonly where: {
    readonly country?: string;
    readonly isp?: string;
    readonly release?: string;
    readonly os?: string;
  };
}

/** What an incident is compared with. */
export interface IncidentScope {
  readonly country: string;
  readonly isp: string;
  readonly release: string;
  readonly os: string;
}

/** Throws PH_USAGE for an empty window or a magnitude that the kind can't have. */
export function checkIncident(incident: Incident): Incident {
  const { kind, fromMs, toMs, magnitude } = incident;
  const least = kind === 'cdn-degradation' || kind === 'demand-spike' ? 1 : 0;
  const most = kind === 'isp-outage' || kind === 'bad-release' ? 1 : 100;
  if (!(fromMs < toMs)) throw new PlayheadError('PH_USAGE', `the ${kind} ends before it begins`);
  if (!(magnitude >= least && magnitude <= most))
    throw new PlayheadError('PH_USAGE', `the magnitude of the ${kind} is ${magnitude}: from ${least} to ${most}`);
  return incident;
}

/** The incident of a kind that a session which plays over [fromMs, toMs) meets; the first where there are several. */
export function incidentMet(
  incidents: readonly Incident[],
  kind: IncidentKind,
  scope: IncidentScope,
  fromMs: number,
  toMs: number,
): Incident | undefined {
  return incidents.find(
    (incident) =>
      incident.kind === kind &&
      incident.fromMs < toMs &&
      incident.toMs > fromMs &&
      (Object.keys(incident.where) as (keyof IncidentScope)[]).every((key) => incident.where[key] === scope[key]),
  );
}
