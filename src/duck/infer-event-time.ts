import type { Field } from '../record/type.ts';
import { epochByValues, epochEvidence } from './infer-epoch.ts';
import type { ColumnFacts } from './infer-facts.ts';
import type { EventTime, InferredField } from './inferred-record.ts';

/** Whether a field's values are instants: ISO text or a count since 1970. */
export function isInstant(of: Field): boolean {
  if (of.type === 'string') return of.format === 'iso-timestamp';
  return of.type === 'timestamp' || (of.type === 'bigint' && of.epoch !== undefined);
}

/**
 * The event time of the fields: an instant, else a date; by its name, else the first. Where there is neither, the first
 * whole number that may count the time since 1970 by its values is taken for it, and declared so.
 */
export function inferEventTime(
  fields: readonly InferredField[],
  facts: ReadonlyMap<string, ColumnFacts>,
): { readonly fields: readonly InferredField[]; readonly eventTime?: EventTime } {
  const required = fields.filter(({ field: of }) => of.optional !== true);
  const instant = likeliest(required.filter(({ field: of }) => isInstant(of)));
  if (instant !== undefined) return { fields, eventTime: eventTime(instant) };
  const date = likeliest(required.filter(({ field: of }) => of.type === 'date'));
  if (date !== undefined) return { fields, eventTime: { field: date.name, of: 'date' } };
  for (const { name, field: of, evidence } of required) {
    const { min, max } = facts.get(name) ?? {};
    if ((of.type !== 'int' && of.type !== 'bigint') || min === undefined || max === undefined) continue;
    const epoch = epochByValues(name, min, max);
    if (epoch === undefined) continue;
    const first = evidence.slice(0, 1);
    const declared = {
      name,
      field: { type: 'bigint', epoch },
      evidence: [...first, epochEvidence(min, max, epoch)],
    } as const;
    return { fields: fields.map((one) => (one.name === name ? declared : one)), eventTime: eventTime(declared) };
  }
  return { fields };
}

function likeliest(candidates: readonly InferredField[]): InferredField | undefined {
  return (
    candidates.find(({ name }) => /event|occur|time|happened/i.test(name)) ??
    candidates.find(({ name }) => /(^|_)(at|ts|on)$|At$|date/.test(name)) ??
    candidates[0]
  );
}

function eventTime({ name, field: of }: InferredField): EventTime {
  const epoch = of.type === 'bigint' ? of.epoch : undefined;
  return { field: name, of: 'timestamp', ...(epoch === undefined ? {} : { epoch }) };
}
