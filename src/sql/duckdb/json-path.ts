/**
 * A JSON path as Trino's json_extract takes it (`$.a[0]['b c']`) → DuckDB's (`$.a[0]."b c"`). Undefined where it holds
 * what only one of them has: wildcards, filters, negative indexes.
 */
export function duckJsonPath(path: string): string | undefined {
  if (!path.startsWith('$')) return undefined;
  let result = '$';
  let rest = path.slice(1);
  while (rest !== '') {
    const step =
      /^(?:\.([A-Za-z_][A-Za-z0-9_$-]*)|\.?\["((?:[^"\\]|\\.)*)"\]|\.?\['((?:[^'\\]|\\.)*)'\]|\[(\d+)\])/.exec(rest);
    if (step === null) return undefined;
    const [text, plainName, doubleQuoted, singleQuoted, index] = step;
    const name = plainName ?? doubleQuoted ?? singleQuoted;
    if (name?.includes('"') === true) return undefined;
    result += index === undefined ? `."${name ?? ''}"` : `[${index}]`;
    rest = rest.slice(text.length);
  }
  return result;
}
