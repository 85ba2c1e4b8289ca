/** What DuckDB's names of types are in Athena. */
const typeNames: Readonly<Record<string, string>> = {
  INT8: 'tinyint',
  INT16: 'smallint',
  INT32: 'integer',
  INT64: 'bigint',
  INT128: 'decimal(38,0)',
  BOOL: 'boolean',
  FLOAT: 'real',
};

const typeName = (type: string): string => typeNames[type] ?? type.toLowerCase();

/** DuckDB's words for a value that fails in running, with the parts that name it; then ours. */
const failures: readonly (readonly [pattern: RegExp, told: (...parts: string[]) => string])[] = [
  [
    /^Type \w+(?:\(\d+(?:,\d+)?\))? with value (.*) can't be cast .* destination type (.+)$/s,
    (value, type) => `${value} is out of range for ${typeName(type ?? '')}`,
  ],
  [
    /^Casting value "(.*)" to type (\S+) failed/s,
    (value, type) => `${value} is out of range for ${typeName(type ?? '')}`,
  ],
  [/^Overflow in \w+ of (\S+) \((.*)\)!/s, (type, sum) => `${typeName(type ?? '')} overflow: ${sum}`],
  [
    /^Could not convert string ['"](.*)['"] to (\S+)$/s,
    (value, type) => `Cannot cast '${value}' to ${typeName(type ?? '')}`,
  ],
  [
    /^(?:invalid )?(date|timestamp|time) field (?:format|value out of range): "(.*?)"/s,
    (type, value) => `'${value}' is not a ${type}`,
  ],
  [
    /^Could not parse string "(.*)" according to format specifier "(.*)"/s,
    (value, format) => `'${value}' does not have the format ${format}`,
  ],
  [/^Malformed JSON .*Input: "(.*)"$/s, (value) => `'${value}' is not JSON`],
];

/**
 * A failure in running, about a value of some row, in Athena's terms: the value and, where it is known, the column.
 * Undefined for a failure that is not about a value.
 */
export function valueFailure(reason: string): string | undefined {
  const [, bare = reason, column] = /^(.*?) when casting from source column (\S+)$/s.exec(reason) ?? [];
  for (const [pattern, told] of failures) {
    const parts = pattern.exec(bare)?.slice(1);
    if (parts !== undefined) return `${told(...parts)}${column === undefined ? '' : ` (column ${column})`}`;
  }
  return undefined;
}
