import { formatCount } from '../base/units.ts';
import { int32Range } from '../record/json-schema.ts';
import type { Field } from '../record/type.ts';
import { vocabularyDoubt } from './closed-vocabulary.ts';
import { epochByName, epochEvidence } from './infer-epoch.ts';
import type { ColumnFacts } from './infer-facts.ts';
import type { InferredField } from './inferred-record.ts';

/** A set is proposed where its values were seen often enough, the rarest one too, to believe that there are no others. */
const timesSeen = 10;
const rarestSeen = 5;

/** A column's type with the constraints that the sample bears out, and what bears them out. */
export function constrained(name: string, base: Field, facts: ColumnFacts, records: number): InferredField {
  const evidence: string[] = [];
  const optional = facts.present < records;
  evidence.push(
    optional
      ? `absent or null in ${formatCount(records - facts.present)} of ${formatCount(records)} records`
      : inAll(records),
  );
  const of = facts.present === 0 ? base : narrowed(name, base, facts, evidence);
  return { name, field: optional ? { ...of, optional: true } : of, evidence };
}

function narrowed(name: string, base: Field, facts: ColumnFacts, evidence: string[]): Field {
  const { min, max } = facts;
  if (
    (base.type === 'int' || base.type === 'bigint' || base.type === 'double') &&
    min !== undefined &&
    max !== undefined
  ) {
    const epoch = base.type === 'double' ? undefined : epochByName(name, min, max);
    if (epoch !== undefined) {
      evidence.push(epochEvidence(min, max, epoch));
      return { type: 'bigint', epoch };
    }
    // Beyond 2^53 the sample's numbers are known to the nearest double only.
    const isExact = Math.max(Math.abs(min), Math.abs(max)) <= Number.MAX_SAFE_INTEGER;
    evidence.push(`from ${isExact ? '' : 'about '}${min} to ${max}`);
    const fits = base.type !== 'double' && min >= int32Range.min && max <= int32Range.max;
    return { type: base.type === 'double' ? 'double' : fits ? 'int' : 'bigint', ...(min >= 0 ? { min: 0 } : {}) };
  }
  if (base.type !== 'string') return base;
  for (const [count, format] of [
    [facts.isoTimestamps, 'iso-timestamp'],
    [facts.uuids, 'uuid'],
    [facts.ipv4, 'ipv4'],
  ] as const) {
    if (count === facts.present) return { type: 'string', format };
  }
  return textField(name, facts, evidence);
}

/** A set of values where they look like a closed vocabulary. */
function textField(
  name: string,
  { values = [], rarest = 0, present, distinct }: ColumnFacts,
  evidence: string[],
): Field {
  const isFew = values.length > 1 && rarest >= rarestSeen && present >= values.length * timesSeen;
  const doubt = isFew ? vocabularyDoubt(name, values) : undefined;
  if (isFew && doubt === undefined) {
    evidence.push(`${values.length} values`);
    return { type: 'string', oneOf: values };
  }
  evidence.push(distinct === 1 ? 'one value' : `${formatCount(distinct)} different values`);
  if (doubt !== undefined) evidence.push(`no set of them is declared: ${doubt}`);
  return { type: 'string' };
}

function inAll(records: number): string {
  return `in all ${formatCount(records)} records`;
}
