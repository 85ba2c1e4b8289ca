import { PlayheadError } from '../../base/errors.ts';

const hourMs = 3_600_000;

/** A zone's offset from UTC at any instant, by the runtime's own zone data. */
export interface LocalTime {
  readonly timezone: string;
  /** Local minus UTC, ms. */
  offsetMs(utcMs: number): number;
  /** The first instant at which the zone's clocks show this time of this day (or, where they skip it, the next that they show). */
  utcOf(localMs: number): number;
}

/** PH_CONFIG_INVALID for a zone that is not known. */
export function localTime(timezone: string): LocalTime {
  const format = formatOf(timezone);
  const offsetMs = (utcMs: number): number => {
    const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of format.formatToParts(utcMs)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(utcMs / 1000) * 1000;
  };
  return {
    timezone,
    offsetMs,
    utcOf: (localMs) => {
      const before = localMs - offsetMs(localMs - 24 * hourMs);
      if (offsetMs(before) === localMs - before) return before;
      const after = localMs - offsetMs(localMs + 24 * hourMs);
      return offsetMs(after) === localMs - after ? after : before;
    },
  };
}

function formatOf(timezone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (cause) {
    throw new PlayheadError('PH_CONFIG_INVALID', `the time zone ${JSON.stringify(timezone)} is not known`, { cause });
  }
}
