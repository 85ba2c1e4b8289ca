import { isPlayheadError, PlayheadError } from '../base/errors.ts';
import { compileTimePattern, type TimeFormat } from '../base/time-pattern.ts';
import { type PrefixExpression, type PrefixPart, parsePrefix, withDefaultTime } from './prefix.ts';

/** What stands for the expressions of one object's prefix. */
interface PrefixValues {
  readonly arrivalMs: number;
  readonly randomString: string;
  readonly errorType?: string;
  readonly partitionKeys?: Readonly<Record<string, string>>;
}

export interface PrefixRenderer {
  /** Whether each object's prefix is its own. */
  readonly hasRandomString: boolean;
  /** The evaluated prefix. PH_OBJECT_KEY_INVALID over 512 characters, Firehose's limit. */
  render(values: PrefixValues): string;
  /** The first instant after `arrivalMs` at which the time in the prefix reads otherwise, no later than `limitMs`. */
  timeEnd(arrivalMs: number, limitMs: number): number;
}

/** Evaluated, as Firehose counts. */
const maxPrefixLength = 512;

/**
 * Compiles a prefix for a time zone. Throws PH_PATTERN_INVALID where Java does not know a pattern's letters, with the
 * position in the whole prefix.
 */
export function compilePrefix(source: string, timezone: string): PrefixRenderer {
  return rendererOf(withDefaultTime(parsePrefix(source)), timezone);
}

/** An error prefix gets no default time; one that does not say where the type of error stands has it at its end. */
export function compileErrorPrefix(source: string, timezone: string): PrefixRenderer {
  const { parts } = parsePrefix(source);
  const placed = parts.some(({ kind }) => kind === 'error-output-type');
  const completed: PrefixPart[] = placed
    ? [...parts]
    : [...parts, { kind: 'error-output-type' }, { kind: 'literal', text: '/' }];
  return rendererOf({ source, parts: completed }, timezone);
}

function rendererOf(prefix: PrefixExpression, timezone: string): PrefixRenderer {
  const times = new Map<string, (ms: number) => string>();
  for (const part of prefix.parts) {
    if (part.kind === 'timestamp')
      times.set(part.pattern, remembered(compilePart(prefix.source, part, timezone), stepOf(part.pattern)));
  }
  const patterns = [...times.keys()];
  const step = Math.min(...patterns.map(stepOf));
  const timeText = (ms: number): string => patterns.map((pattern) => times.get(pattern)?.(ms) ?? '').join('\0');
  return {
    hasRandomString: prefix.parts.some(({ kind }) => kind === 'random-string'),
    render: (values) => {
      const text = prefix.parts
        .map((part) => {
          if (part.kind === 'literal') return part.text;
          if (part.kind === 'timestamp') return times.get(part.pattern)?.(values.arrivalMs) ?? '';
          if (part.kind === 'random-string') return values.randomString;
          if (part.kind === 'error-output-type') return values.errorType ?? '';
          return values.partitionKeys?.[part.name] ?? '';
        })
        .join('');
      if (text.length > maxPrefixLength) throw tooLong(prefix.source, text);
      return text;
    },
    timeEnd: (arrivalMs, limitMs) => {
      if (step === Number.POSITIVE_INFINITY) return limitMs;
      const text = timeText(arrivalMs);
      for (let at = (Math.floor(arrivalMs / step) + 1) * step; at < limitMs; at += step) {
        if (timeText(at) !== text) return at;
      }
      return limitMs;
    },
  };
}

/** Steps whose text is kept: a day of minutes and more. */
const maxRemembered = 4096;

/** The same step of time is rendered once: a day's 2 million records cross 1,440 minutes. */
function remembered(format: TimeFormat, step: number): (ms: number) => string {
  const texts = new Map<number, string>();
  return (ms) => {
    const current = Math.floor(ms / step);
    let text = texts.get(current);
    if (text === undefined) {
      if (texts.size >= maxRemembered) texts.clear();
      text = format(Math.floor(ms));
      texts.set(current, text);
    }
    return text;
  };
}

/** Time in which a pattern's text can't change, ms. Zones move by whole minutes, so no pattern is coarser than one. */
function stepOf(pattern: string): number {
  const letters = pattern.replace(/'[^']*'/g, '');
  if (/[SnNA]/.test(letters)) return 1;
  return /s/.test(letters) ? 1000 : 60_000;
}

/** The pattern's own error, told at its place in the whole prefix. */
function compilePart(source: string, part: Extract<PrefixPart, { kind: 'timestamp' }>, timezone: string): TimeFormat {
  try {
    return compileTimePattern(part.pattern, timezone);
  } catch (cause) {
    if (!isPlayheadError(cause, 'PH_PATTERN_INVALID')) throw cause;
    const position = part.position + Number(cause.details['position'] ?? 0);
    throw new PlayheadError(
      'PH_PATTERN_INVALID',
      `prefix ${JSON.stringify(source)}, position ${position}: ${cause.message}`,
      {
        cause,
        details: { ...cause.details, source, position },
        ...(cause.hint === undefined ? {} : { hint: cause.hint }),
      },
    );
  }
}

function tooLong(source: string, text: string): PlayheadError {
  const message = `the prefix ${JSON.stringify(source)} evaluates to ${text.length} characters; the limit is ${maxPrefixLength}`;
  return new PlayheadError('PH_OBJECT_KEY_INVALID', message, { details: { source, evaluated: text } });
}
