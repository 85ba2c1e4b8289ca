import { type Random, seededRandom } from '../../base/random.ts';
import type { Field, Fields } from '../../record/type.ts';
import type { StreamDefinition } from '../../stream/definition.ts';

/** They come in bursts: a few objects of some minutes' records, in some hours. */
const burst = { records: 50, spacingMs: 2000, everyMs: 1_500_000 };
const firstMs = Date.UTC(2025, 7, 11, 12);

/** Of ten records, that one arrives again; of twenty, that one is broken. */
const repeatedEvery = 10;
const brokenEvery = 20;

/**
 * Records of a stream's type, a line each, some repeated and some broken; text fields without a set of values tell records
 * apart. What breaks a rule of its type that nothing is drawn for (a pattern) will be quarantined, and is a record all the same.
 */
export function sampleLines(
  { record }: StreamDefinition,
  timeField: string | undefined,
  { seed, events, isLate }: { readonly seed: number; readonly events: number; readonly isLate: boolean },
): readonly string[] {
  const random = seededRandom(seed, 7);
  const lines: string[] = [];
  for (let n = 0; lines.length < events; n += 1) {
    const time = new Date(timeOf(n, isLate));
    const values = objectOf(record.fields, n, time, random);
    if (timeField !== undefined) values[timeField] = timeValue(record.fields[timeField], time);
    // One character a byte, as every line of a data set.
    const line = Buffer.from(JSON.stringify(values)).toString('latin1');
    const broken = n % brokenEvery === brokenEvery - 1;
    lines.push(broken ? line.slice(0, -1) : line);
    if (n % repeatedEvery === repeatedEvery / 2) lines.push(line);
  }
  return lines;
}

/** In the order of their numbers; some come an hour late where they may. */
function timeOf(n: number, isLate: boolean): number {
  const within = (n % burst.records) * burst.spacingMs;
  return firstMs + Math.floor(n / burst.records) * burst.everyMs + within - (isLate && n % 25 === 3 ? 3_600_000 : 0);
}

function objectOf(fields: Fields, n: number, time: Date, random: Random): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (field.optional === true && random.uint32() % 5 === 0) continue;
    values[name] = sampleOf(field, name, n, time, random);
  }
  return values;
}

function timeValue(field: Field | undefined, time: Date): unknown {
  if (field?.type === 'bigint' && field.epoch !== undefined) return epochOf(field.epoch, time);
  return field?.type === 'date' ? time.toISOString().slice(0, 10) : time.toISOString();
}

function epochOf(unit: 'seconds' | 'milliseconds' | 'microseconds', time: Date): number {
  return {
    seconds: Math.floor(time.getTime() / 1000),
    milliseconds: time.getTime(),
    microseconds: time.getTime() * 1000,
  }[unit];
}

function sampleOf(field: Field, name: string, n: number, time: Date, random: Random): unknown {
  switch (field.type) {
    case 'string':
      return textOf(field, name, n, time, random);
    case 'int':
    case 'bigint':
      if (field.type === 'bigint' && field.epoch !== undefined) return epochOf(field.epoch, time);
      return Math.floor(between(field.min ?? 0, field.max ?? (field.min ?? 0) + 1000, random));
    case 'double':
      return between(field.min ?? 0, field.max ?? (field.min ?? 0) + 100, random);
    case 'decimal':
      return Number((random.float() * 10 ** (field.precision - field.scale - 1)).toFixed(field.scale));
    case 'boolean':
      return random.uint32() % 2 === 0;
    case 'timestamp':
      return time.toISOString();
    case 'date':
      return time.toISOString().slice(0, 10);
    case 'json':
      return { n };
    case 'list':
      return [sampleOf(field.of, name, n, time, random)];
    case 'struct':
      return objectOf(field.fields, n, time, random);
    case 'map':
      return { [name]: sampleOf(field.values, name, n, time, random) };
  }
}

function between(min: number, max: number, random: Random): number {
  return min + random.float() * (max - min);
}

function textOf(field: Field & { type: 'string' }, name: string, n: number, time: Date, random: Random): string {
  const { oneOf, format, maxLength } = field;
  if (oneOf !== undefined) return oneOf[random.uint32() % oneOf.length] ?? '';
  if (format === 'iso-timestamp') return time.toISOString();
  if (format === 'iso-date') return time.toISOString().slice(0, 10);
  if (format === 'ipv4') return `192.0.2.${n % 256}`;
  if (format === 'uuid') return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
  const text = `${name}-${n}`;
  return maxLength === undefined ? text : text.slice(-maxLength);
}
