import type { EpochUnit } from './epoch.ts';
import { int32Range, int64Range } from './json-schema.ts';
import type { Field } from './type.ts';

/** What a change of a field's type or constraints does to readers, and why. */
export interface Effect {
  readonly breaks: 'backward' | 'forward' | 'both';
  readonly why: string;
}

type Of<K extends Field['type']> = Extract<Field, { type: K }>;
type NumberField = Of<'int' | 'bigint' | 'double' | 'decimal'>;

/**
 * Effects of turning one field into another, nested fields aside. A type may widen where every value of the earlier one
 * is a value of the later one, exactly: int → bigint, int → double, a decimal with more digits on both sides.
 */
export function typeEffects(was: Field, now: Field): Effect[] {
  if (was.type === 'string' && now.type === 'string') return stringEffects(was, now);
  if (isNumber(was) && isNumber(now)) return numberEffects(was, now);
  if (was.type === now.type) return [];
  return [{ breaks: 'both', why: `${withArticle(was.type)} is not read as ${withArticle(now.type)}` }];
}

function withArticle(type: Field['type']): string {
  return `${type === 'int' ? 'an' : 'a'} ${type}`;
}

function isNumber(of: Field): of is NumberField & Field {
  return of.type === 'int' || of.type === 'bigint' || of.type === 'double' || of.type === 'decimal';
}

function numberEffects(was: NumberField, now: NumberField): Effect[] {
  const effects: Effect[] = [];
  if (!holds(now, was))
    effects.push({ breaks: 'backward', why: `${withArticle(now.type)} does not hold every ${was.type}` });
  if (!holds(was, now))
    effects.push({ breaks: 'forward', why: `${withArticle(was.type)} does not hold every ${now.type}` });
  return [...effects, ...rangeEffects(was, now), ...epochEffects(unitOf(was), unitOf(now))];
}

/** True where each value that the type of `inner` has, constraints aside, is exactly a value of `outer`'s. */
function holds(outer: NumberField, inner: NumberField): boolean {
  if (outer.type === 'decimal') {
    const whole = outer.precision - outer.scale;
    if (inner.type !== 'decimal') return whole >= wholeDigits(inner);
    return outer.scale >= inner.scale && whole >= inner.precision - inner.scale;
  }
  if (inner.type === 'decimal') return inner.scale === 0 && inner.precision <= exactDigits[outer.type];
  return outer.type === inner.type || (inner.type === 'int' && outer.type !== 'int');
}

function wholeDigits(of: Of<'int' | 'bigint' | 'double'>): number {
  if (of.type === 'double') return Number.POSITIVE_INFINITY;
  return String(of.type === 'int' ? int32Range.max : int64Range.max).length;
}

/** Decimal digits that each type holds exactly. */
const exactDigits = { int: 9, bigint: 18, double: 15 } as const;

function rangeEffects(was: NumberField, now: NumberField): Effect[] {
  if (was.type === 'decimal' || now.type === 'decimal') return [];
  const raised = (now.min ?? -Infinity) > (was.min ?? -Infinity);
  const lowered = (now.max ?? Infinity) < (was.max ?? Infinity);
  const opened = (now.min ?? -Infinity) < (was.min ?? -Infinity) || (now.max ?? Infinity) > (was.max ?? Infinity);
  return [
    ...tightened(raised || lowered, 'earlier numbers may be outside the narrower range'),
    ...loosened(opened, 'earlier readers refuse numbers outside the narrower range'),
  ];
}

function unitOf(of: NumberField): EpochUnit | undefined {
  return of.type === 'bigint' ? of.epoch : undefined;
}

function epochEffects(was: EpochUnit | undefined, now: EpochUnit | undefined): Effect[] {
  if (was === now) return [];
  return [
    ...tightened(now !== undefined, `earlier numbers may not count ${now} since 1970`),
    ...loosened(was !== undefined, `earlier readers expect ${was} since 1970`),
  ];
}

function stringEffects(was: Of<'string'>, now: Of<'string'>): Effect[] {
  const gone = was.oneOf === undefined ? [] : was.oneOf.filter((one) => now.oneOf?.includes(one) === false);
  const fresh = now.oneOf === undefined ? [] : now.oneOf.filter((one) => was.oneOf?.includes(one) === false);
  const [shortest, longest] = [now.maxLength ?? Infinity, was.maxLength ?? Infinity];
  return [
    ...tightened(gone.length > 0, `earlier records may hold ${gone.join(', ')}`),
    ...loosened(fresh.length > 0, `earlier readers do not expect ${fresh.join(', ')}`),
    ...tightened(was.oneOf === undefined && now.oneOf !== undefined, 'earlier records may hold anything'),
    ...loosened(was.oneOf !== undefined && now.oneOf === undefined, 'earlier readers expect a value of their set'),
    ...tightened(shortest < longest, `earlier texts may be longer than ${shortest}`),
    ...loosened(shortest > longest, `earlier readers refuse texts longer than ${longest}`),
    ...ruleEffects('pattern', was.pattern, now.pattern),
    ...ruleEffects('format', was.format, now.format),
  ];
}

/** Whether one pattern holds all texts of another can't be told, so a different one is taken to refuse some. */
function ruleEffects(rule: string, was: string | undefined, now: string | undefined): Effect[] {
  if (was === now) return [];
  return [
    ...tightened(now !== undefined, `earlier texts may not have the ${rule} ${now}`),
    ...loosened(was !== undefined, `earlier readers expect the ${rule} ${was}`),
  ];
}

function tightened(holds: boolean, why: string): Effect[] {
  return holds ? [{ breaks: 'backward', why }] : [];
}

function loosened(holds: boolean, why: string): Effect[] {
  return holds ? [{ breaks: 'forward', why }] : [];
}
