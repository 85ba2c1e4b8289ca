/** DuckDB's type text → Hive's, as the catalog writes column types. */
const names: Readonly<Record<string, string>> = {
  BOOLEAN: 'boolean',
  TINYINT: 'tinyint',
  SMALLINT: 'smallint',
  INTEGER: 'int',
  BIGINT: 'bigint',
  UTINYINT: 'smallint',
  USMALLINT: 'int',
  UINTEGER: 'bigint',
  // Counts in DuckDB's maps; Athena's are bigint.
  UBIGINT: 'bigint',
  HUGEINT: 'decimal(38,0)',
  FLOAT: 'float',
  DOUBLE: 'double',
  VARCHAR: 'string',
  JSON: 'string',
  UUID: 'string',
  BLOB: 'binary',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
  TIMESTAMP_S: 'timestamp',
  TIMESTAMP_MS: 'timestamp',
  TIMESTAMP_NS: 'timestamp',
  'TIMESTAMP WITH TIME ZONE': 'timestamp with time zone',
  INTERVAL: 'interval',
  '"NULL"': 'string',
};

/** `STRUCT(a INTEGER, b VARCHAR[])` → `struct<a:int,b:array<string>>`. */
export function athenaType(duckType: string): string {
  const type = duckType.trim();
  if (type.endsWith('[]')) return `array<${athenaType(type.slice(0, -2))}>`;
  const inner = /^(STRUCT|MAP|DECIMAL)\((.*)\)$/s.exec(type);
  if (inner === null) return names[type] ?? type.toLowerCase();
  const [, kind, body = ''] = inner;
  if (kind === 'DECIMAL') return type.toLowerCase();
  const parts = splitTop(body);
  if (kind === 'MAP') return `map<${parts.map(athenaType).join(',')}>`;
  return `struct<${parts.map(structField).join(',')}>`;
}

function structField(text: string, index: number): string {
  const quoted = /^"((?:[^"]|"")*)"\s+(.*)$/s.exec(text);
  if (quoted !== null) return `${(quoted[1] ?? '').replaceAll('""', '"')}:${athenaType(quoted[2] ?? '')}`;
  const named = /^(\w+)\s+(.*)$/s.exec(text);
  return named === null ? `field${index}:${athenaType(text)}` : `${named[1]}:${athenaType(named[2] ?? '')}`;
}

/** Splits at the commas that stand outside parentheses and quotes. */
function splitTop(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let isQuoted = false;
  let start = 0;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charAt(i);
    if (c === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (c === '(') depth += 1;
    else if (c === ')') depth -= 1;
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  return [...parts, text.slice(start).trim()];
}
