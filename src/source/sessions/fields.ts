/**
 * How a pipeline's record is made of session facts: field → fact, or a nested object of the same, in the order in which
 * the record is written. Pure data.
 */
export interface FieldMapping {
  readonly [field: string]: FieldSource;
}

export type FieldSource = string | LabelledFact | ConstantField | FieldMapping;

/** A fact in the pipeline's own words. */
export interface LabelledFact {
  readonly fact: string;
  /** Put before an identifier: `SESSION_`. */
  readonly prefix?: string;
  /** What the record says for each value of the fact: `{ start: 'PLAY' }`. Values not named stay as they are. */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface ConstantField {
  readonly constant: string | number | boolean | null;
}

/**
 * The facts of an event, in neutral words. `viewer.columns.<name>` and `title.columns.<name>` are any further columns of
 * the reference tables, as text.
 *
 * Identifiers: `event.id` is 16 hex digits, `session.id` and `device.id` are 8. Times are ISO 8601 in UTC with
 * milliseconds, or milliseconds since 1970. Seconds and counts are whole numbers; `completion.percent` and
 * `bandwidth.mbps` have two decimals.
 */
export const factNames = [
  'event.id',
  'event.kind',
  'event.time',
  'event.timeMs',
  'session.id',
  'session.startTime',
  'viewer.id',
  'viewer.tier',
  'viewer.country',
  'viewer.timezone',
  'title.id',
  'title.type',
  'title.genre',
  'title.seconds',
  'device.id',
  'device.type',
  'device.os',
  'app.version',
  'playhead.seconds',
  'watch.seconds',
  'completion.percent',
  'quality',
  'bandwidth.mbps',
  'stalls.count',
  'stalls.seconds',
  'errors.count',
  'network.address',
  'network.isp',
  'network.connection',
] as const;

export type FactName = (typeof factNames)[number] | `viewer.columns.${string}` | `title.columns.${string}`;

/** True for the facts above and for columns of the reference tables. */
export function isFactName(name: string): name is FactName {
  return (factNames as readonly string[]).includes(name) || /^(viewer|title)\.columns\.[A-Za-z_]\w*$/.test(name);
}

export function isLabelledFact(source: Exclude<FieldSource, string>): source is LabelledFact {
  return typeof (source as { fact?: unknown }).fact === 'string';
}

export function isConstantField(source: Exclude<FieldSource, string>): source is ConstantField {
  const { constant } = source as { constant?: unknown };
  return constant === null || ['string', 'number', 'boolean'].includes(typeof constant);
}

/** Every fact that a mapping names, with the path of its field, in order. */
export function factsOf(mapping: FieldMapping, path = ''): { path: string; fact: string }[] {
  return Object.entries(mapping).flatMap(([field, source]) => {
    const at = path === '' ? field : `${path}.${field}`;
    if (typeof source === 'string') return [{ path: at, fact: source }];
    if (isLabelledFact(source)) return [{ path: at, fact: source.fact }];
    return isConstantField(source) ? [] : factsOf(source, at);
  });
}
