/** Units in which systems count the time since 1970-01-01T00:00:00Z, leap seconds left out: how many make a second. */
export const epochUnits = { seconds: 1, milliseconds: 1_000, microseconds: 1_000_000 } as const;

export type EpochUnit = keyof typeof epochUnits;

/** Seconds since 1970 of the years 1 to 9999: the instants that ISO text has, and that a timestamp holds everywhere. */
const fromSeconds = -62_135_596_800;
const untilSeconds = 253_402_300_800;

/** Counts that are such instants; `until` is the first that is none. Both are exact as numbers. */
export function epochRange(unit: EpochUnit): { readonly from: number; readonly until: number } {
  return { from: fromSeconds * epochUnits[unit], until: untilSeconds * epochUnits[unit] };
}

/** Milliseconds since 1970, cut to whole ones; undefined outside the years 1 to 9999. */
export function epochMs(count: number, unit: EpochUnit): number | undefined {
  const { from, until } = epochRange(unit);
  return count >= from && count < until ? Math.floor((count * 1000) / epochUnits[unit]) : undefined;
}
