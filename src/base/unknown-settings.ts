/** A setting that no builder knows, and the ones that it does. */
export interface UnknownSetting {
  readonly key: string;
  readonly known: readonly string[];
}

/**
 * What a builder was given and doesn't know, to be spread into the definition that it returns. The compiler catches a
 * misspelled key, but definitions also run without it; dropped in silence, `retension: days(30)` would mean 7 days. It is
 * carried instead, so that validation names it together with all other problems.
 */
export function unknownSettings(
  settings: object,
  known: readonly string[],
  nested: Readonly<Record<string, readonly string[]>> = {},
): { readonly unknownSettings?: readonly UnknownSetting[] } {
  const found: UnknownSetting[] = Object.keys(settings)
    .filter((key) => !known.includes(key))
    .map((key) => ({ key, known }));
  for (const [key, value] of Object.entries(settings)) {
    const inner = nested[key];
    if (inner === undefined || typeof value !== 'object' || value === null) continue;
    for (const name of Object.keys(value)) {
      if (!inner.includes(name)) found.push({ key: `${key}.${name}`, known: inner.map((each) => `${key}.${each}`) });
    }
  }
  return found.length === 0 ? {} : { unknownSettings: found };
}
