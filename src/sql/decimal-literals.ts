/**
 * Strings, quoted names and comments, which stay as they are; `DECIMAL '1.25'`. As many characters stand in its place, so
 * that every place of the text is where it was.
 */
const pattern =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\bDECIMAL(?<space>\s*)'(?<value>[+-]?(?:\d+\.?\d*|\.\d+))'/giu;

/**
 * The text with its decimal literals as numbers with a point, which are of the same type: the SDK takes `DECIMAL '1.25'` for a
 * cast to `decimal`, which has no digits after the point.
 */
export function plainDecimals(sql: string): string {
  return sql.replaceAll(pattern, (found: string, ...rest: unknown[]) => {
    // The last argument is the named groups: the pattern has some.
    const { value } = rest.at(-1) as { readonly value?: string };
    if (value === undefined) return found;
    return (value.includes('.') ? value : `${value}.`).padStart(found.length);
  });
}
