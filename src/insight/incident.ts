import { type DetectorDefinition, type Direction, everywhere, type Measure } from './definition.ts';
import type { Evidence } from './evidence.ts';
import type { Scope, Series } from './series.ts';

/** A time and a place that were not as usual. */
export interface FoundIncident {
  /** As the detector names it; else its measure, and which side of the usual it is on. */
  readonly kind: string;
  readonly measure: string;
  readonly measured: Measure['measure'];
  readonly is: Direction;
  readonly scope: Scope;
  /** Begin of the first window that raised it, end of the last; ms since 1970, UTC. */
  readonly fromMs: number;
  readonly toMs: number;
  /** When it was known. */
  readonly raisedMs: number;
  /** It still went on when the range ended. */
  readonly isOpen: boolean;
  /** At its strongest: a ratio, or a count; and what is usual. */
  readonly observed: number;
  readonly usual: number;
  /** What `observed` is out of, for a ratio. */
  readonly volume?: number;
}

/** Without significance for so long, where it can be judged, an incident is over. */
const calmMs = 30 * 60_000;
/** For so long, another one of the same is the same again. */
const mergeMs = 120 * 60_000;

/** Looks that can't judge end nothing, for so long: what nobody does at night is no calm. */
const blindMs = 24 * 60 * 60_000;

/** So many looks in a row must find it before it is raised. */
const looksToRaise = 2;

/** An incident while it is watched. Steps are places in the range. */
export interface WatchedIncident {
  series: Series;
  from: number;
  /** Undefined while it is only suspected. */
  raisedAt: number | undefined;
  /** Looks at which it was found. */
  looks: number;
  /** End of the last window that spoke for it. */
  last: number;
  /** Looks since then that could judge, and found nothing. */
  calm: number;
  peak: Evidence;
}

export interface RaisedIncident extends WatchedIncident {
  raisedAt: number;
}

/** The incidents of one measure: raised once, carried on while anything speaks for them, merged when they come back. */
export class IncidentBook {
  readonly #mergeSteps: number;
  readonly #blindSteps: number;
  #all: WatchedIncident[] = [];

  constructor(stepMs: number) {
    this.#mergeSteps = Math.ceil(mergeMs / stepMs);
    this.#blindSteps = Math.ceil(blindMs / stepMs);
  }

  get raised(): readonly RaisedIncident[] {
    return this.#all.filter((incident): incident is RaisedIncident => incident.raisedAt !== undefined);
  }

  /** A look begins: those that it can judge are calm, unless it finds something. */
  look(isJudged: (series: Series) => boolean): void {
    for (const incident of this.#all) if (isJudged(incident.series)) incident.calm += 1;
  }

  /** Suspected, going on, or not over for long: what is found now can be one of them. */
  recent(end: number): readonly WatchedIncident[] {
    return this.#all.filter(({ last, calm }) => calm <= this.#mergeSteps && end - last <= this.#blindSteps);
  }

  goesOn(incident: WatchedIncident, end: number): void {
    if (incident.raisedAt === undefined) return;
    incident.last = end;
    incident.calm = 0;
  }

  /** Steps of incidents, up to `end` also those of which nobody can tell: they are not what is usual. */
  mark(wasIncident: Uint8Array, end: number): void {
    for (const { from, last, calm } of this.raised) {
      const isBlind = calm === 0 && end - last <= this.#blindSteps;
      wasIncident.fill(1, from, isBlind ? end : last);
    }
  }

  /** What explains the evidence now is all of these: they are one. Its place is that of the strongest evidence so far. */
  found(evidence: Evidence, same: readonly WatchedIncident[], end: number): void {
    const { series, window } = evidence;
    const fresh = { series, from: end - window, raisedAt: undefined, looks: 0, last: end, calm: 0, peak: evidence };
    const [first = fresh, ...rest] = same.toSorted((a, b) => (a.raisedAt ?? end) - (b.raisedAt ?? end));
    // Weak evidence, such as an incident leaves when it ends, does not show that two were one.
    const others = rest.filter(({ peak }) => peak.strength < evidence.strength);
    this.#all = this.#all.filter((incident) => !others.includes(incident));
    if (first === fresh) this.#all.push(fresh);
    for (const each of [first, ...rest]) {
      each.last = end;
      each.calm = 0;
    }
    first.looks += 1;
    first.from = Math.max(0, Math.min(first.from, ...others.map(({ from }) => from)));
    for (const { peak } of [...others, { peak: evidence }]) {
      if (peak.strength <= first.peak.strength) continue;
      first.peak = peak;
      first.series = peak.series;
    }
    if (first.looks >= looksToRaise) first.raisedAt ??= end;
  }

  /** What was suspected and not found again was nothing. */
  forgetSuspects(): void {
    this.#all = this.#all.filter(({ raisedAt, calm }) => raisedAt !== undefined || calm === 0);
  }
}

export function foundIncident(
  detector: DetectorDefinition,
  measure: string,
  { series, from, raisedAt, last, calm, peak }: RaisedIncident,
  range: { readonly firstMs: number; readonly endMs: number },
): FoundIncident {
  const { scope } = series;
  const at = (step: number): number => range.firstMs + step * detector.stepMs;
  const { observed, usual, volume } = peak;
  const is = observed > usual ? 'high' : 'low';
  return {
    kind: nameOf(detector, measure, is, scope),
    measure,
    measured: detector.measures[measure]?.measure ?? 'count',
    is,
    scope,
    fromMs: at(from),
    toMs: at(last),
    raisedMs: at(raisedAt),
    isOpen: calm * detector.stepMs < calmMs && range.endMs - at(last) < blindMs,
    observed,
    usual,
    ...(volume === undefined ? {} : { volume }),
  };
}

/** `88.5 %` of a ratio; of a count three digits that count. */
export function incidentFigure({ measured }: Pick<FoundIncident, 'measured'>, value: number): string {
  return measured === 'ratio' ? `${(value * 100).toFixed(1)} %` : String(Number(value.toPrecision(3)));
}

function nameOf(
  { names }: DetectorDefinition,
  measure: string,
  is: Direction,
  { dimension = everywhere }: Scope,
): string {
  const named = Object.entries(names).find(
    ([, name]) => name.measure === measure && (name.is ?? 'high') === is && name.in.includes(dimension),
  );
  return named?.[0] ?? `${measure} ${is}`;
}
