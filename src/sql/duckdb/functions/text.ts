import { join, type Sql, sql } from '../../sql-text.ts';
import { callMacro, numberLiteral, quoted, refuse, stringLiteral } from '../printing.ts';
import { argAt, argsOf, checkCount, type FunctionPrinter, type Functions, macro, plain } from './function.ts';

/** NULL if any part is: DuckDB's concat() skips NULLs, its || does not. */
const concat: FunctionPrinter = (printing, call) => sql`(${join(argsOf(printing, call, 2, 256), ' || ')})`;

const substr: FunctionPrinter = (printing, call) => {
  const args = argsOf(printing, call, 2, 3);
  return callMacro(printing, args.length === 2 ? 'athena_substr_rest' : 'athena_substr', ...args);
};

const regexpExtract: FunctionPrinter = (printing, call) => {
  const [text, pattern, group] = argsOf(printing, call, 2, 3);
  return callMacro(printing, 'athena_regexp_extract', text ?? '', pattern ?? '', group ?? '0');
};

/** Trino replaces every match and writes groups as $1; RE2 writes them as \1. */
const regexpReplace: FunctionPrinter = (printing, call) => {
  const [text, pattern] = argsOf(printing, call, 2, 3);
  const third = call.args[2];
  const replacement = third === undefined ? '' : stringLiteral(third);
  if (replacement === undefined)
    return refuse(printing, 'regexp_replace() with a replacement that is not a literal text', call.node);
  if (/\$\{/.test(replacement)) return refuse(printing, 'regexp_replace() with a named group', call.node);
  const re2 = replacement.replace(/\\(.)|\$(\d)|\\/g, (_match, escaped?: string, group?: string) =>
    group === undefined ? (escaped === '\\' || escaped === undefined ? '\\\\' : escaped) : `\\${group}`,
  );
  return sql`regexp_replace(${text ?? ''}, ${pattern ?? ''}, ${quoted(re2)}, 'g')`;
};

/** Java's format(): the conversions that DuckDB's format() can say. */
const format: FunctionPrinter = (printing, call) => {
  checkCount(printing, call, 1, 64);
  const pattern = stringLiteral(call.args[0]);
  if (pattern === undefined) return refuse(printing, 'format() with a pattern that is not a literal text', call.node);
  const values = call.args.slice(1).map((arg) => printing.expression(printing, arg));
  const used: Sql[] = [];
  const text = pattern.replace(
    /[{}]|%(%|n|([-0,]*)(\d*)(\.\d+)?([a-zA-Z]))/g,
    (whole, _body: string, flags = '', width = '', precision = '', conversion = '') => {
      if (whole === '{' || whole === '}') return whole + whole;
      if (whole === '%%') return '%';
      if (whole === '%n') return '\n';
      const value = values[used.length];
      if (value === undefined) return refuse(printing, `format() without a value for ${whole}`, call.node);
      const left = flags.includes('-') ? '<' : width === '' ? '' : '>';
      const fill = flags.includes('0') ? '0' : '';
      const grouping = flags.includes(',') ? ',' : '';
      if (conversion === 's') used.push(callMacro(printing, 'athena_text', value));
      else if (conversion === 'd') used.push(sql`CAST(${value} AS BIGINT)`);
      else if (conversion === 'f') used.push(sql`CAST(${value} AS DOUBLE)`);
      else return refuse(printing, `format() with ${whole}`, call.node);
      const align = fill === '0' && !flags.includes('-') ? '0' : left;
      const digits = conversion === 'f' ? `${precision || '.6'}f` : conversion === 'd' ? 'd' : precision;
      return `{:${align}${width}${grouping}${digits}}`;
    },
  );
  return sql`format(${join([quoted(text), ...used])})`;
};

const listToText: FunctionPrinter = (printing, call) => {
  const [list, separator, missing] = argsOf(printing, call, 2, 3);
  const items =
    missing === undefined
      ? (list ?? '')
      : sql`list_transform(${list ?? ''}, lambda athena_x: coalesce(CAST(athena_x AS VARCHAR), ${missing}))`;
  return sql`array_to_string(${items}, ${separator ?? ''})`;
};

const strpos: FunctionPrinter = (printing, call) => plain('strpos', 2)(printing, call);

/** `repeat(x, n)` makes an array in Trino. */
const repeat: FunctionPrinter = (printing, call) => {
  const [value, times] = argsOf(printing, call, 2);
  return sql`list_transform(range(${times ?? ''}), lambda athena_x: ${value ?? ''})`;
};

const lpadOrRpad =
  (name: string): FunctionPrinter =>
  (printing, call) => {
    const args = argsOf(printing, call, 3);
    const size = numberLiteral(argAt(printing, call, 1));
    if (size?.startsWith('-') === true) return refuse(printing, `${name}() to a negative size`, call.node);
    return sql`${name}(${join([args[0] ?? '', sql`CAST(${args[1] ?? ''} AS INTEGER)`, args[2] ?? ''])})`;
  };

export const textFunctions: Functions = {
  array_join: listToText,
  chr: (printing, call) => sql`chr(CAST(${join(argsOf(printing, call, 1))} AS INTEGER))`,
  codepoint: plain('unicode', 1),
  concat,
  concat_ws: plain('concat_ws', 2, 256),
  ends_with: plain('ends_with', 2),
  format,
  from_utf8: plain('decode', 1),
  hamming_distance: plain('hamming', 2),
  length: plain('length', 1),
  levenshtein_distance: plain('levenshtein', 2),
  lower: plain('lower', 1),
  lpad: lpadOrRpad('lpad'),
  ltrim: plain('ltrim', 1, 2),
  regexp_count: (printing, call) => sql`len(regexp_extract_all(${join(argsOf(printing, call, 2))}))`,
  regexp_extract: regexpExtract,
  regexp_extract_all: plain('regexp_extract_all', 2, 3),
  regexp_like: plain('regexp_matches', 2),
  regexp_replace: regexpReplace,
  regexp_split: plain('regexp_split_to_array', 2),
  repeat,
  replace: (printing, call) => {
    const args = argsOf(printing, call, 2, 3);
    return sql`replace(${join(args.length === 2 ? [...args, "''"] : args)})`;
  },
  rpad: lpadOrRpad('rpad'),
  rtrim: plain('rtrim', 1, 2),
  split: plain('string_split', 2),
  split_part: macro('athena_split_part', 3),
  starts_with: plain('starts_with', 2),
  strpos,
  substr,
  substring: substr,
  to_utf8: plain('encode', 1),
  translate: plain('translate', 3),
  trim: plain('trim', 1),
  upper: plain('upper', 1),
};
