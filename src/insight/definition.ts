import { unknownSettings } from '../base/unknown-settings.ts';

/** How many rows meet a condition: judged against the usual for the time of day, by S-H-ESD. */
export interface CountMeasure {
  readonly measure: 'count';
  /** SQL predicate over the table's columns, in Athena's dialect. */
  readonly of: string;
  /** Dimensions along which it is judged, besides the whole. */
  readonly by: readonly string[];
  /** In place of the detector's. */
  readonly leastChange?: number;
}

/** Which share of the rows that meet `over` meet `of` too: judged by binomial limits. */
export interface RatioMeasure {
  readonly measure: 'ratio';
  /** SQL predicates, in Athena's dialect; `of` is taken among the rows of `over`. */
  readonly of: string;
  readonly over: string;
  readonly by: readonly string[];
  readonly leastChange?: number;
  /** In place of the detector's; ms. A share needs no pattern of the day: its limits are the wider, the less is known. */
  readonly warmUpMs?: number;
}

export type Measure = CountMeasure | RatioMeasure;

/** Which side of the usual a figure is on. */
export type Direction = 'high' | 'low';

/** What an incident of one measure is called where it is confined to one dimension, or to none (`everywhere`). */
export interface IncidentName {
  readonly measure: string;
  /** Names of dimensions, and `everywhere`. */
  readonly in: readonly string[];
  /** Default: high. */
  readonly is?: Direction;
}

/** How much evidence an incident takes. */
export interface Sensitivity {
  /** False alarms that are accepted, on average over all measures and dimensions. */
  readonly falseAlarmsPerDay: number;
  /** Least factor, up or down, by which a figure must differ from the usual: less is no incident, however certain. */
  readonly leastChange: number;
  /** Rows of `over` that a ratio is judged on at least. */
  readonly leastVolume: number;
}

/** Watches a table for times and places that are not as they usually are. */
export interface DetectorDefinition {
  readonly kind: 'detector';
  /** Address of the table. */
  readonly table: string;
  /** Column of the event's instant. */
  readonly time: string;
  /** How often it looks, and so the grain of time; ms. */
  readonly stepMs: number;
  /** Lengths of time that each look judges, up to now, ascending; ms, whole steps. */
  readonly windowsMs: readonly number[];
  /** How far back the usual is learned from; ms, whole days. */
  readonly learnMs: number;
  /** What must be known before anything is judged; ms, at least two days. */
  readonly warmUpMs: number;
  /** Dimension → column. */
  readonly dimensions: Readonly<Record<string, string>>;
  readonly measures: Readonly<Record<string, Measure>>;
  /** Kind of incident → what it looks like. An incident that none describes goes by its measure. */
  readonly names: Readonly<Record<string, IncidentName>>;
  readonly sensitivity: Sensitivity;
}

/** The place in `IncidentName.in` of an incident that is confined to no dimension. */
export const everywhere = 'everywhere';

interface MeasureSettings {
  readonly by?: readonly string[];
  readonly leastChange?: number;
}

export function countOf(predicate: string, settings: MeasureSettings = {}): CountMeasure {
  return {
    measure: 'count',
    of: predicate,
    ...shared(settings),
    ...unknownSettings(settings, ['by', 'leastChange']),
  };
}

export function ratioOf(settings: MeasureSettings & { of: string; over: string; warmUp?: number }): RatioMeasure {
  const { of, over, warmUp } = settings;
  return {
    measure: 'ratio',
    of,
    over,
    ...shared(settings),
    ...(warmUp === undefined ? {} : { warmUpMs: warmUp }),
    ...unknownSettings(settings, ['of', 'over', 'by', 'leastChange', 'warmUp']),
  };
}

/** What must be known before a measure is judged, ms. */
export function warmUpOf(detector: DetectorDefinition, measure: Measure): number {
  return measure.measure === 'ratio' ? (measure.warmUpMs ?? detector.warmUpMs) : detector.warmUpMs;
}

function shared({ by = [], leastChange }: MeasureSettings): Pick<Measure, 'by' | 'leastChange'> {
  return { by, ...(leastChange === undefined ? {} : { leastChange }) };
}

const defaultSensitivity: Sensitivity = { falseAlarmsPerDay: 0.02, leastChange: 1.5, leastVolume: 20 };
const minuteMs = 60_000;
const dayMs = 1440 * minuteMs;

const settingNames = [
  'table',
  'time',
  'step',
  'windows',
  'learn',
  'warmUp',
  'dimensions',
  'measures',
  'names',
  'sensitivity',
];

/** Left out: steps of 5 minutes, windows of 15 and 30, 14 days to learn from and 3 to begin with. */
export function detector(settings: {
  table: string;
  time: string;
  step?: number;
  windows?: readonly number[];
  learn?: number;
  warmUp?: number;
  dimensions?: Readonly<Record<string, string>>;
  measures: Readonly<Record<string, Measure>>;
  names?: Readonly<Record<string, IncidentName>>;
  sensitivity?: Partial<Sensitivity>;
}): DetectorDefinition {
  return {
    kind: 'detector',
    table: settings.table,
    time: settings.time,
    stepMs: settings.step ?? 5 * minuteMs,
    windowsMs: settings.windows ?? [15 * minuteMs, 30 * minuteMs],
    learnMs: settings.learn ?? 14 * dayMs,
    warmUpMs: settings.warmUp ?? 3 * dayMs,
    dimensions: settings.dimensions ?? {},
    measures: settings.measures,
    names: settings.names ?? {},
    sensitivity: { ...defaultSensitivity, ...settings.sensitivity },
    ...unknownSettings(settings, settingNames, {
      sensitivity: ['falseAlarmsPerDay', 'leastChange', 'leastVolume'],
    }),
  };
}
