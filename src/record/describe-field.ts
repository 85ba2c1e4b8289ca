import type { Field } from './type.ts';

/** What a value of the field must be, for a person: `int from 0 to 86400`, `one of "tv", "web"`. */
export function describeField(of: Field): string {
  switch (of.type) {
    case 'string':
      if (of.oneOf !== undefined) return `one of ${of.oneOf.map((one) => JSON.stringify(one)).join(', ')}`;
      if (of.pattern !== undefined) return `string matching ${of.pattern}`;
      if (of.format !== undefined) return `string, ${of.format}`;
      return of.maxLength === undefined ? 'string' : `string of at most ${of.maxLength} characters`;
    case 'bigint':
      return `bigint${of.epoch === undefined ? '' : `, ${of.epoch} since 1970`}${rangeText(of)}`;
    case 'int':
    case 'double':
      return `${of.type}${rangeText(of)}`;
    case 'decimal':
      return `decimal(${of.precision},${of.scale})`;
    case 'timestamp':
      return 'timestamp (ISO 8601)';
    case 'date':
      return 'date (YYYY-MM-DD)';
    case 'list':
      return `list of ${describeField(of.of)}`;
    case 'map':
      return `map of ${describeField(of.values)}`;
    case 'boolean':
    case 'json':
    case 'struct':
      return of.type;
  }
}

function rangeText(of: { min?: number; max?: number }): string {
  if (of.min !== undefined && of.max !== undefined) return ` from ${of.min} to ${of.max}`;
  if (of.min !== undefined) return ` from ${of.min}`;
  return of.max === undefined ? '' : ` up to ${of.max}`;
}
