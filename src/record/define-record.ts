import { PlayheadError } from '../base/errors.ts';
import type { Field, Fields, RecordType } from './type.ts';

/**
 * Declares a record type: pure data, checked here for what no type can express. `version` rises with every change of
 * the fields; default 1. Throws PH_CONFIG_INVALID naming every field that cannot be.
 */
export function defineRecord<const F extends Fields>(
  name: string,
  settings: { version?: number; fields: F },
): RecordType<F> {
  const problems = fieldProblems(settings.fields, name);
  if (problems.length > 0) {
    throw new PlayheadError('PH_CONFIG_INVALID', `record ${name}: ${problems.join('; ')}`, { details: { problems } });
  }
  return { name, version: settings.version ?? 1, fields: settings.fields };
}

/** Columns that strict reading adds beside the fields, and what is asked of quarantine beside them. */
const reserved = /^_(line|json|text|ordinal|issues|f\d+|quarantined_\w+)$/i;

function fieldProblems(fields: Fields, path: string): string[] {
  const problems: string[] = [];
  const names = Object.keys(fields);
  if (names.length === 0) problems.push(`${path} has no fields`);
  const seen = new Map<string, string>();
  for (const name of names) {
    // Columns are case-insensitive everywhere that the data goes: two such fields would be one column.
    const folded = name.toLowerCase();
    const other = seen.get(folded);
    if (other !== undefined) problems.push(`${path}: "${other}" and "${name}" differ only in case`);
    seen.set(folded, name);
    if (reserved.test(name)) problems.push(`${path}: the name ${name} is reserved`);
    if (name === '' || /[\0\n\r]/.test(name)) problems.push(`${path}: ${JSON.stringify(name)} cannot name a field`);
  }
  return problems.concat(Object.entries(fields).flatMap(([name, of]) => problemsOf(of, `${path}.${name}`)));
}

function problemsOf(of: Field, path: string): string[] {
  switch (of.type) {
    case 'string':
      return stringProblems(of, path);
    case 'int':
    case 'bigint':
    case 'double':
      return of.min !== undefined && of.max !== undefined && of.min > of.max ? [`${path}: min is above max`] : [];
    case 'decimal':
      return decimalFits(of.precision, of.scale) ? [] : [`${path}: decimal(${of.precision},${of.scale}) cannot be`];
    case 'list':
      return problemsOf(of.of, `${path}[]`);
    case 'map':
      return problemsOf(of.values, `${path}{}`);
    case 'struct':
      return fieldProblems(of.fields, path);
    case 'boolean':
    case 'timestamp':
    case 'date':
    case 'json':
      return [];
  }
}

function decimalFits(precision: number, scale: number): boolean {
  return (
    Number.isInteger(precision) &&
    Number.isInteger(scale) &&
    precision >= 1 &&
    precision <= 38 &&
    scale >= 0 &&
    scale <= precision
  );
}

function stringProblems(of: { pattern?: string; oneOf?: readonly string[] }, path: string): string[] {
  const problems: string[] = [];
  if (of.oneOf !== undefined && of.oneOf.length === 0) problems.push(`${path}: oneOf is empty`);
  if (of.pattern !== undefined) {
    try {
      new RegExp(of.pattern, 'u');
    } catch (cause) {
      problems.push(`${path}: pattern ${of.pattern} is no regular expression (${String(cause)})`);
    }
    if (/\(\?<?[=!]|\\[1-9k]/.test(of.pattern)) {
      problems.push(`${path}: pattern ${of.pattern} has a look-around or back-reference, which DuckDB (RE2) lacks`);
    }
  }
  return problems;
}
