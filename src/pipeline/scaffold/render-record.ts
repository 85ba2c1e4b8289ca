import type { InferredField } from '../../duck/inferred-record.ts';
import type { Field, Fields } from '../../record/type.ts';

export interface RecordText {
  readonly pipeline: string;
  readonly fields: readonly InferredField[];
  readonly headers: Readonly<Record<string, string>>;
  /** The column that curation adds, and the field that it comes from. */
  readonly eventTime?: { readonly column: string; readonly field: string };
}

/** The source of `record.ts`: the record type, each field with what the sample shows for it. */
export function renderRecord({ pipeline, fields, headers, eventTime }: RecordText): string {
  const lines = fields.flatMap(({ name, field: of, evidence }) => [
    ...(evidence.length === 0 ? [] : [`    // ${evidence.join('; ').replaceAll(/\s+/g, ' ')}`]),
    `    ${propertyName(name)}: ${fieldText(described(of, headers[name]), '    ')},`,
  ]);
  const added =
    eventTime === undefined
      ? ''
      : `\n    ${eventTime.column}: field.timestamp({ description: ${quoted(`${eventTime.field} as an instant, UTC`)} }),`;
  return `import { defineRecord, field } from 'playhead';

/**
 * One record, as the sample shows it. Every constraint here is a check: curation puts what breaks one into quarantine.
 * Above each field stands its evidence: keep what you know to be true, loosen what was only true of the sample.
 */
export const record = defineRecord(${quoted(pipeline)}, {
  fields: {
${lines.join('\n')}
  },
});

/** As the curated table keeps it. */
export const curatedRecord = defineRecord(${quoted(`curated_${pipeline}`)}, {
  fields: {
    ...record.fields,${added}
  },
});
`;
}

function described(of: Field, header: string | undefined): Field {
  return header === undefined ? of : { ...of, description: `In the file: ${header}` };
}

/** The builder call that gives a field. */
export function fieldText(of: Field, indent: string): string {
  const { optional, ...required } = of;
  if (optional === true) return `field.optional(${fieldText(required as Field, indent)})`;
  switch (of.type) {
    case 'list':
      return `field.list(${fieldText(of.of, indent)}${settings(of, ['description'], ', ')})`;
    case 'map':
      return `field.map(${fieldText(of.values, indent)}${settings(of, ['description'], ', ')})`;
    case 'struct':
      return `field.struct(${fieldsText(of.fields, indent)}${settings(of, ['description'], ', ')})`;
    case 'decimal':
      return `field.decimal(${of.precision}, ${of.scale}${settings(of, ['description'], ', ')})`;
    default:
      return `field.${of.type}(${settings(of, ['pattern', 'oneOf', 'maxLength', 'format', 'epoch', 'min', 'max', 'description'], '')})`;
  }
}

function fieldsText(fields: Fields, indent: string): string {
  const inner = `${indent}  `;
  const lines = Object.entries(fields).map(([name, of]) => `${inner}${propertyName(name)}: ${fieldText(of, inner)},`);
  return `{\n${lines.join('\n')}\n${indent}}`;
}

/** `{ min: 0 }`, with what comes before it; nothing where no setting is there. */
function settings(of: object, names: readonly string[], before: string): string {
  const present = Object.entries(of).filter(([name]) => names.includes(name));
  if (present.length === 0) return '';
  return `${before}{ ${present.map(([name, value]) => `${name}: ${valueText(value)}`).join(', ')} }`;
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  return typeof value === 'string' ? quoted(value) : String(value);
}

function propertyName(name: string): string {
  // As a plain key, `__proto__` would set the prototype.
  if (name === '__proto__') return "['__proto__']";
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) ? name : quoted(name);
}

/** A TypeScript string in single quotes, on one line whatever it holds. */
export function quoted(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${escaped.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`;
}
