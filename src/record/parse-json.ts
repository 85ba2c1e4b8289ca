/**
 * JSON with whole numbers kept exactly: those outside ±(2^53 - 1) come as `bigint`. Throws SyntaxError.
 *
 * The slow path (a reviver sees every value) is taken only where a long run of digits stands in the text.
 */
export function parseJson(text: string): unknown {
  if (!mayLoseDigits(text)) return JSON.parse(text);
  const exact = (_key: string, value: unknown, context: { source?: string }): unknown => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    return context.source !== undefined && /^-?[0-9]+$/.test(context.source) ? BigInt(context.source) : value;
  };
  // The third parameter is ES2026 (JSON.parse source text access); TypeScript's library does not declare it yet.
  return JSON.parse(text, exact as (this: unknown, key: string, value: unknown) => unknown);
}

/** Whether `JSON.parse` could round a number of the text: a long run of digits stands in it, be it in a string. */
export function mayLoseDigits(text: string): boolean {
  return /[0-9]{16}/.test(text);
}

/** JSON of what `parseJson` gave: whole numbers of any length as the numbers that they are. */
export function jsonText(value: unknown, indent?: string): string {
  // rawJSON is ES2026 (JSON.parse source text access); TypeScript's library does not declare it yet.
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
  const exact = (_key: string, each: unknown): unknown => (typeof each === 'bigint' ? rawJSON(String(each)) : each);
  return JSON.stringify(value, exact, indent);
}
