import { createRequire } from 'node:module';
import { DateTimeFormatter, Instant, ZonedDateTime, ZoneId, ZoneOffset, ZoneRulesProvider } from '@js-joda/core';
import { PlayheadError } from './errors.ts';
import { nearest } from './nearest.ts';

/** Renders an instant, ms since 1970 UTC. */
export type TimeFormat = (ms: number) => string;

/** What is mostly meant by letters that Java knows but that need a locale's texts or weeks. */
const plainLetters: Readonly<Record<string, string>> = {
  Y: 'yyyy',
  MMM: 'MM',
  MMMM: 'MM',
  LLL: 'MM',
  LLLL: 'MM',
  DD: 'dd',
  mmm: 'mm',
  a: 'HH',
  z: 'XXX',
  O: 'XXX',
};

/** The last moment of a leap year: every number is at its widest, so a field too narrow for it fails here. */
const widestInstant = Date.UTC(2024, 11, 31, 23, 59, 59, 999);

/**
 * Compiles a pattern of Java's DateTimeFormatter for a time zone (`UTC`, `Europe/Paris`, `+02:00`). Texts and weeks of a
 * locale (`MMM`, `EEE`, `YYYY`) are not known here. Throws PH_PATTERN_INVALID with `position` (from 0, in the pattern),
 * `letters` and, where one is near, `suggestion`; PH_CONFIG_INVALID for a zone that does not exist.
 */
export function compileTimePattern(pattern: string, timezone: string): TimeFormat {
  const zone = zoneOf(timezone);
  try {
    const formatter = DateTimeFormatter.ofPattern(pattern);
    const format: TimeFormat = (ms) => formatter.format(ZonedDateTime.ofInstant(Instant.ofEpochMilli(ms), zone));
    format(widestInstant);
    return format;
  } catch (cause) {
    throw invalidPattern(pattern, cause);
  }
}

function invalidPattern(pattern: string, cause: unknown): PlayheadError {
  const { position, letters } = firstBad(pattern);
  const suggestion = plainLetters[letters] ?? plainLetters[letters[0] ?? ''];
  const reason = cause instanceof Error ? cause.message.replace(/, use .*/, '') : String(cause);
  const at = `time pattern ${JSON.stringify(pattern)}, position ${position}, ${JSON.stringify(letters)}`;
  return new PlayheadError('PH_PATTERN_INVALID', `${at}: ${reason}`, {
    hint:
      suggestion === undefined
        ? `letters of a pattern are Java's DateTimeFormatter's (yyyy MM dd HH mm ss); other text stands in quotes: '${letters}'`
        : `did you mean ${suggestion}?`,
    cause,
    details: { pattern, position, letters, ...(suggestion === undefined ? {} : { suggestion }) },
  });
}

/** The first run of letters, or quoted text, that can't be a pattern on its own. */
function firstBad(pattern: string): { position: number; letters: string } {
  for (const match of pattern.matchAll(/'(?:[^']|'')*'?|p+([A-Za-z])\1*|([A-Za-z])\2*|[^A-Za-z']+/g)) {
    if (!standsAlone(match[0])) return { position: match.index, letters: match[0] };
  }
  return { position: 0, letters: pattern };
}

function standsAlone(part: string): boolean {
  try {
    const formatter = DateTimeFormatter.ofPattern(part);
    formatter.format(ZonedDateTime.ofInstant(Instant.ofEpochMilli(widestInstant), ZoneOffset.UTC));
    return true;
  } catch {
    return false;
  }
}

function zoneOf(timezone: string): ZoneId {
  if (timezone === 'UTC' || timezone === 'Z') return ZoneOffset.UTC;
  // The zone tables take 0.1 s to load, and nearly every prefix is in UTC.
  const require = createRequire(import.meta.url);
  require('@js-joda/timezone');
  try {
    return ZoneId.of(timezone);
  } catch (cause) {
    const near = nearest(timezone, ZoneRulesProvider.getAvailableZoneIds());
    throw new PlayheadError('PH_CONFIG_INVALID', `no time zone is called ${JSON.stringify(timezone)}`, {
      ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
      cause,
      details: { timezone },
    });
  }
}
