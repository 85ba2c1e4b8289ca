import { PlayheadError } from '../../base/errors.ts';
import { either, suggestion } from '../../base/nearest.ts';

/** What stands for the day in a panel's SQL. */
export const parameterNames = ['year', 'month', 'day', 'date', 'from', 'to'] as const;

/** Strings, quoted names and comments are left as they are; `::` is no parameter. */
const tokenPattern = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|::|:[A-Za-z_]\w*/g;

/** The names in a SQL text that no parameter has. */
export function unknownParameters(sql: string): readonly string[] {
  return parametersIn(sql).filter((name) => !parameterNames.some((known) => known === name));
}

function parametersIn(sql: string): readonly string[] {
  return [...sql.matchAll(tokenPattern)].flatMap(([token]) =>
    /^:\w/.test(token) ? [token.slice(1).toLowerCase()] : [],
  );
}

/** A panel's SQL for one day, `2025-08-11`. Numbers and literals of Athena take the parameters' places. */
export function forDay(sql: string, day: string): string {
  const start = Date.parse(`${day}T00:00:00Z`);
  const [year, month, date] = day.split('-').map(Number);
  const timestamp = (ms: number): string => `TIMESTAMP '${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}'`;
  const values: Readonly<Record<string, string>> = {
    year: String(year),
    month: String(month),
    day: String(date),
    date: `DATE '${day}'`,
    from: timestamp(start),
    to: timestamp(start + 86_400_000),
  };
  return sql.replace(tokenPattern, (token) => {
    if (!/^:\w/.test(token)) return token;
    const value = values[token.slice(1).toLowerCase()];
    if (value !== undefined) return value;
    throw new PlayheadError('PH_SQL_INVALID', `no parameter is called "${token}"`, {
      hint: suggestion(token.slice(1), parameterNames) || `There are ${either(parameterNames)}.`,
    });
  });
}
