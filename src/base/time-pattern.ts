import { createRequire } from 'node:module';
import { DateTimeFormatter, Instant, ZonedDateTime, ZoneId, ZoneOffset, ZoneRulesProvider } from '@js-joda/core';
import { PlayheadError } from './errors.ts';
import { nearest } from './nearest.ts';

/** Renders an instant, ms since 1970 UTC. */
export type TimeFormat = (ms: number) => string;

const capitalised = (name: string): string => name.charAt(0) + name.slice(1).toLowerCase();
const month = (time: ZonedDateTime): string => capitalised(time.month().name());
const weekday = (time: ZonedDateTime): string => capitalised(time.dayOfWeek().name());
const short = (name: (time: ZonedDateTime) => string) => (time: ZonedDateTime) => name(time).slice(0, 3);

/** Letters that stand for a name, in English: js-joda has names only in a package of all of Unicode's locales (5 MB). */
const names: Readonly<Record<string, (time: ZonedDateTime) => string>> = {
  MMM: short(month),
  MMMM: month,
  LLL: short(month),
  LLLL: month,
  E: short(weekday),
  EE: short(weekday),
  EEE: short(weekday),
  EEEE: weekday,
  a: (time) => (time.hour() < 12 ? 'AM' : 'PM'),
};

/** What is mostly meant by letters that Java knows but that need a locale's weeks or texts that are not known here. */
const plainLetters: Readonly<Record<string, string>> = {
  Y: 'yyyy',
  DD: 'dd',
  mmm: 'mm',
  z: 'XXX',
  O: 'XXX',
};

/** The last moment of a leap year: every number is at its widest, so a field too narrow for it fails here. */
const widestInstant = Date.UTC(2024, 11, 31, 23, 59, 59, 999);

/**
 * Compiles a pattern of Java's DateTimeFormatter for a time zone (`UTC`, `Europe/Paris`, `+02:00`). Names are English
 * (`MMM`, `EEEE`, `a`); weeks of a locale (`YYYY`) are not known here. Throws PH_PATTERN_INVALID with `position` (from 0, in the pattern),
 * `letters` and, where one is near, `suggestion`; PH_CONFIG_INVALID for a zone that does not exist.
 */
export function compileTimePattern(pattern: string, timezone: string): TimeFormat {
  const zone = zoneOf(timezone);
  try {
    const render = renderer(pattern);
    const format: TimeFormat = (ms) => render(ZonedDateTime.ofInstant(Instant.ofEpochMilli(ms), zone));
    format(widestInstant);
    return format;
  } catch (cause) {
    throw invalidPattern(pattern, cause);
  }
}

/** Quoted text, letters that are padded, letters of a kind, and what stands between them. */
const partPattern = /'(?:[^']|'')*'?|p+([A-Za-z])\1*|([A-Za-z])\2*|[^A-Za-z']+/g;

/** Runs of what js-joda knows, with names between them. An optional section can't be divided so: it takes no names. */
function renderer(pattern: string): (time: ZonedDateTime) => string {
  const parts = pattern.includes('[') ? [pattern] : [...pattern.matchAll(partPattern)].map(([part]) => part);
  const renderers: ((time: ZonedDateTime) => string)[] = [];
  let plain = '';
  const endPlain = (): void => {
    if (plain === '') return;
    const formatter = DateTimeFormatter.ofPattern(plain);
    renderers.push((time) => formatter.format(time));
    plain = '';
  };
  for (const part of parts) {
    const name = names[part];
    if (name === undefined) plain += part;
    else {
      endPlain();
      renderers.push(name);
    }
  }
  endPlain();
  return (time) => renderers.map((render) => render(time)).join('');
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
  for (const match of pattern.matchAll(partPattern)) {
    if (!standsAlone(match[0])) return { position: match.index, letters: match[0] };
  }
  return { position: 0, letters: pattern };
}

function standsAlone(part: string): boolean {
  try {
    renderer(part)(ZonedDateTime.ofInstant(Instant.ofEpochMilli(widestInstant), ZoneOffset.UTC));
    return true;
  } catch {
    return false;
  }
}

/** Throws PH_CONFIG_INVALID for a zone that does not exist. */
export function checkTimeZone(timezone: string): void {
  zoneOf(timezone);
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
