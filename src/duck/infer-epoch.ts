import { type EpochUnit, epochMs, epochUnits } from '../record/epoch.ts';

/** A span of instants, in seconds since 1970. */
interface Span {
  readonly from: number;
  readonly until: number;
}

/** What a number may count whose name speaks of a time; the units' ranges are far apart. */
const plausible: Span = { from: Date.UTC(1990, 0) / 1000, until: Date.UTC(2100, 0) / 1000 };

/** Whatever its name: telemetry of these years. 2^40 bytes would be milliseconds of 2004. */
const recent: Span = { from: Date.UTC(2010, 0) / 1000, until: Date.UTC(2040, 0) / 1000 };

const timeWord =
  /^(at|on|ts|t|when|since|starts?|started|ends?|ended|begins?|began|seen|logged|expires|created|updated|modified|occurred|happened)$|time|date|stamp|epoch/;
const otherWord =
  /^(id|key|no|number|code|count|bytes|size|length|phone|amount|price|total|version|hash|views|population)$/;

/** The unit, where the name speaks of a time and all the whole numbers are instants that one may have recorded. */
export function epochByName(name: string, min: number, max: number): EpochUnit | undefined {
  const words = wordsOf(name);
  const speaksOfTime = words.some((word) => timeWord.test(word)) && !otherWord.test(words.at(-1) ?? '');
  return speaksOfTime ? unitWithin(plausible, min, max) : undefined;
}

/** The unit, where only the numbers speak for a time, and the name not for something else. */
export function epochByValues(name: string, min: number, max: number): EpochUnit | undefined {
  const speaksOfOther = otherWord.test(wordsOf(name).at(-1) ?? '');
  return speaksOfOther || min === max ? undefined : unitWithin(recent, min, max);
}

/** `requestId` and `request-id` → `request`, `id`. */
function wordsOf(name: string): string[] {
  const parted = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return parted.split(/[^a-z0-9]+/).filter((word) => word !== '');
}

/** `from 2025-08-11T08:00:00.000Z to 2025-08-11T09:00:00.000Z, as milliseconds since 1970`. */
export function epochEvidence(min: number, max: number, unit: EpochUnit): string {
  const text = (count: number): string => new Date(epochMs(count, unit) ?? Number.NaN).toISOString();
  return `from ${text(min)} to ${text(max)}, as ${unit} since 1970`;
}

function unitWithin({ from, until }: Span, min: number, max: number): EpochUnit | undefined {
  // The keys of a constant object are those of its type.
  const units = Object.keys(epochUnits) as EpochUnit[];
  return units.find((unit) => min >= from * epochUnits[unit] && max < until * epochUnits[unit]);
}
