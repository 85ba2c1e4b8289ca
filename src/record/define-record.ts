import { PlayheadError } from '../base/errors.ts';
import { columnNameFault, memberNameFault } from './field-name.ts';
import type { Field, Fields, RecordType } from './type.ts';

/**
 * Declares a record type: pure data, checked here for what no type can express. `version` rises with every change of
 * the fields; default 1. Throws PH_CONFIG_INVALID naming every field that cannot be.
 */
export function defineRecord<const F extends Fields>(
  name: string,
  settings: { version?: number; fields: F },
): RecordType<F> {
  const problems = fieldProblems(settings.fields, name, columnNameFault);
  if (problems.length > 0) {
    const isNamed = Object.keys(settings.fields).some((each) => columnNameFault(each) !== undefined);
    throw new PlayheadError('PH_CONFIG_INVALID', `record ${name}: ${problems.join('; ')}`, {
      ...(isNamed
        ? {
            hint: 'Rename the field where the records are made, or leave it out of the record type: jobs then pass over it.',
          }
        : {}),
      details: { problems },
    });
  }
  return { name, version: settings.version ?? 1, fields: settings.fields };
}

function fieldProblems(fields: Fields, path: string, nameFault: typeof columnNameFault): string[] {
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
    const fault = nameFault(name);
    if (fault !== undefined) problems.push(`${path}: ${JSON.stringify(name)} cannot name a field: it ${fault}`);
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
      return fieldProblems(of.fields, path, memberNameFault);
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
