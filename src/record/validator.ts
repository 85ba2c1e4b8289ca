import { Ajv2020, type DefinedError, type ErrorObject } from 'ajv/dist/2020.js';
import { describeField } from './describe-field.ts';
import { isIsoDate, isIsoTimestamp } from './iso-time.ts';
import type { Issue, IssueRule } from './issue.ts';
import { ipv4Pattern, type JsonSchema, objectSchema, uuidPattern } from './json-schema.ts';
import { type NumberField, numberFault } from './number-fault.ts';
import type { Field, Fields, RecordType } from './type.ts';

/** Every issue of a parsed record; none for a good one. Numbers may be `bigint` (`parseJson`). */
export type Validator = (value: unknown) => Issue[];

/**
 * Compiles a validator for a record type: for small batches, where a DuckDB statement (0.4 ms) would cost more.
 * Its rules are those of the typed conversion in `duck/`; a test runs both over the same lines.
 */
export function compileValidator(record: RecordType): Validator {
  const validate = newAjv().compile(objectSchema(record.fields, valueSchema));
  return (value) => (validate(value) ? [] : (validate.errors ?? []).flatMap((error) => issueOf(error, value)));
}

/** By name, whether a field may have a parsed value: the rules of `compileValidator`, without its issues. */
export function compileFieldTests(fields: Fields): Readonly<Record<string, (value: unknown) => boolean>> {
  const ajv = newAjv();
  return Object.fromEntries(
    Object.entries(fields).map(([name, of]) => [name, ajv.compile({ ...valueSchema(of), text: undefined })]),
  );
}

function newAjv(): Ajv2020 {
  // Our schemas are made below, not read: to judge one by the draft's own schema took thirty times as long as to compile it.
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: true,
    allowUnionTypes: true,
    validateSchema: false,
  });
  ajv.addKeyword('expects');
  ajv.addKeyword({
    keyword: 'text',
    type: 'string',
    validate: (_: true, text: string) => textFault(text) === undefined,
  });
  ajv.addKeyword({
    keyword: 'numberField',
    validate: (of: NumberField, value: unknown) =>
      (value === null && of.optional === true) || numberFault(of, value) === undefined,
  });
  ajv.addFormat('iso-timestamp', isIsoTimestamp);
  ajv.addFormat('iso-date', isIsoDate);
  ajv.addFormat('ipv4', new RegExp(ipv4Pattern));
  ajv.addFormat('uuid', new RegExp(uuidPattern));
  return ajv;
}

/** JSON Schema over JavaScript values: numbers may be bigint, so they have a keyword of their own. */
function valueSchema(of: Field): JsonSchema {
  const expects = describeField(of);
  const type = (name: string): JsonSchema => ({ type: of.optional === true ? [name, 'null'] : name, expects });
  switch (of.type) {
    case 'string':
      return {
        ...type('string'),
        text: true,
        ...(of.pattern === undefined ? {} : { pattern: of.pattern }),
        ...(of.oneOf === undefined ? {} : { enum: of.optional === true ? [...of.oneOf, null] : of.oneOf }),
        ...(of.maxLength === undefined ? {} : { maxLength: of.maxLength }),
        ...(of.format === undefined ? {} : { format: of.format }),
      };
    case 'int':
    case 'bigint':
    case 'double':
    case 'decimal':
      return { numberField: of, expects };
    case 'boolean':
      return type('boolean');
    case 'timestamp':
      return { ...type('string'), format: 'iso-timestamp' };
    case 'date':
      return { ...type('string'), format: 'iso-date' };
    case 'json':
      return { expects };
    case 'list':
      return { ...type('array'), items: valueSchema(of.of) };
    case 'struct':
      return { ...objectSchema(of.fields, valueSchema), ...type('object') };
    case 'map':
      return { ...type('object'), additionalProperties: valueSchema(of.values) };
  }
}

function textFault(text: string): IssueRule | undefined {
  if (!text.isWellFormed()) return 'lone_surrogate';
  return text.includes('\0') ? 'nul' : undefined;
}

function issueOf(error: ErrorObject, record: unknown): Issue[] {
  const path = pathText(error.instancePath, record);
  const known = error as DefinedError | (ErrorObject & { keyword: 'numberField' | 'text' });
  const expected = expects(error.parentSchema);
  const issue = (rule: IssueRule): Issue[] => [{ path, rule, expected, got: valueText(error.data) }];
  switch (known.keyword) {
    case 'required': {
      const name = known.params.missingProperty;
      return [
        {
          path: join(path, name),
          rule: 'missing',
          expected: expects(property(error.parentSchema, name)),
          got: 'nothing',
        },
      ];
    }
    case 'additionalProperties':
      return [unknownField(error, path, known.params.additionalProperty)];
    case 'numberField':
      // The keyword's schema is the field's declaration: `valueSchema` put it there.
      return issue(
        error.data === null ? 'missing' : (numberFault(error.schema as NumberField, error.data) ?? 'wrong_type'),
      );
    case 'text':
      return issue(textFault(String(error.data)) ?? 'wrong_type');
    case 'pattern':
      return issue('pattern');
    case 'enum':
      // A value of another type fails `type` as well: one fault, one issue.
      return typeof error.data === 'string' ? issue('not_one_of') : [];
    case 'maxLength':
      return issue('too_long');
    case 'format':
      return issue('format');
    case 'type':
      if (path === '')
        return [{ path, rule: 'not_an_object', expected: 'one JSON object', got: valueText(error.data) }];
      return issue(error.data === null ? 'missing' : 'wrong_type');
    default:
      return issue('wrong_type');
  }
}

function unknownField(error: ErrorObject, path: string, name: string): Issue {
  const declared = Object.keys(schemaProperties(error.parentSchema));
  const meant = declared.find((one) => one.toLowerCase() === name.toLowerCase());
  return {
    path: join(path, name),
    rule: meant === undefined ? 'unknown_field' : 'wrong_case',
    expected: meant === undefined ? 'no such field' : `the name ${meant}`,
    got: valueText(isObject(error.data) ? error.data[name] : undefined),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function schemaProperties(schema: unknown): Readonly<Record<string, unknown>> {
  return isObject(schema) && isObject(schema['properties']) ? schema['properties'] : {};
}

function property(schema: unknown, name: string): unknown {
  return schemaProperties(schema)[name];
}

function expects(schema: unknown): string {
  return isObject(schema) && typeof schema['expects'] === 'string' ? schema['expects'] : 'one JSON object';
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** Ajv's JSON pointer `/tags/3/name` as `tags[3].name`; the record tells list positions from names. */
function pathText(pointer: string, record: unknown): string {
  let path = '';
  let at: unknown = record;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path = Array.isArray(at) ? `${path}[${name}]` : join(path, name);
    at = Array.isArray(at) ? at[Number(name)] : isObject(at) ? at[name] : undefined;
  }
  return path;
}

function valueText(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  const text =
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? 'nothing';
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
