import { type EpochUnit, epochRange } from './epoch.ts';
import type { Field, Fields, RecordType } from './type.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

export const int32Range = { min: -(2 ** 31), max: 2 ** 31 - 1 } as const;
export const int64Range = { min: -(2n ** 63n), max: 2n ** 63n - 1n } as const;

export const uuidPattern = '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$';
export const ipv4Pattern = '^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\\.|$)){4}$';

/** The JSON Schema (draft 2020-12) of a record type, for everyone who does not speak ours. */
export function jsonSchema(record: RecordType): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: record.name,
    'x-version': record.version,
    ...objectSchema(record.fields, fieldSchema),
  };
}

/** The schema of an object with these fields and no others; `schemaOf` gives that of a field. */
export function objectSchema(fields: Fields, schemaOf: (of: Field) => JsonSchema): JsonSchema {
  const required = Object.keys(fields).filter((name) => fields[name]?.optional !== true);
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(fields).map(([name, of]) => [name, schemaOf(of)])),
    required,
    additionalProperties: false,
  };
}

type Of<K extends Field['type']> = Extract<Field, { type: K }>;

const schemas: { readonly [K in Field['type']]: (of: Of<K>) => JsonSchema } = {
  string: (of) => ({
    type: 'string',
    ...(of.pattern === undefined ? {} : { pattern: of.pattern }),
    ...(of.oneOf === undefined ? {} : { enum: of.oneOf }),
    ...(of.maxLength === undefined ? {} : { maxLength: of.maxLength }),
    ...(of.format === undefined ? {} : formats[of.format]),
  }),
  int: (of) => ({ type: 'integer', minimum: of.min ?? int32Range.min, maximum: of.max ?? int32Range.max }),
  bigint: (of) => ({ type: 'integer', ...bounds(of), ...(of.epoch === undefined ? {} : instants(of.epoch, of.min)) }),
  double: (of) => ({ type: 'number', ...bounds(of) }),
  decimal: (of) => ({
    anyOf: [
      {
        type: 'number',
        exclusiveMinimum: -(10 ** (of.precision - of.scale)),
        exclusiveMaximum: 10 ** (of.precision - of.scale),
      },
      { type: 'string', pattern: decimalPattern(of.precision, of.scale) },
    ],
  }),
  boolean: () => ({ type: 'boolean' }),
  timestamp: () => ({ type: 'string', format: 'date-time' }),
  date: () => ({ type: 'string', format: 'date' }),
  json: () => ({}),
  list: (of) => ({ type: 'array', items: fieldSchema(of.of) }),
  struct: (of) => objectSchema(of.fields, fieldSchema),
  map: (of) => ({ type: 'object', additionalProperties: fieldSchema(of.values) }),
};

const formats: { readonly [K in NonNullable<Of<'string'>['format']>]: JsonSchema } = {
  'iso-timestamp': { format: 'date-time' },
  'iso-date': { format: 'date' },
  ipv4: { format: 'ipv4' },
  uuid: { format: 'uuid' },
};

function fieldSchema(of: Field): JsonSchema {
  // One kind always meets its own builder; TypeScript cannot see that through the table's index.
  const schema = (schemas[of.type] as (of: Field) => JsonSchema)(of);
  const described = of.description === undefined ? schema : { ...schema, description: of.description };
  return of.optional === true ? { anyOf: [described, { type: 'null' }] } : described;
}

/** Beside the declared bounds: a schema has one minimum, but two kinds of maximum. */
function instants(epoch: EpochUnit, min = Number.NEGATIVE_INFINITY): JsonSchema {
  const { from, until } = epochRange(epoch);
  return { minimum: Math.max(from, min), exclusiveMaximum: until };
}

/** Plain decimal text of at most `precision` digits, `scale` of them after the point. */
function decimalPattern(precision: number, scale: number): string {
  const whole = precision - scale;
  const integer = whole === 0 ? '0' : `(0|[1-9][0-9]{0,${whole - 1}})`;
  return scale === 0 ? `^-?${integer}$` : `^-?${integer}(\\.[0-9]{1,${scale}})?$`;
}

function bounds(of: { min?: number; max?: number }): JsonSchema {
  return {
    ...(of.min === undefined ? {} : { minimum: of.min }),
    ...(of.max === undefined ? {} : { maximum: of.max }),
  };
}
