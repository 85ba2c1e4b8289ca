import { PlayheadError } from '../base/errors.ts';

/** The arguments and options of one call, read with their types. Each reader throws PH_USAGE, naming the option. */
export interface Invocation {
  /** Positional argument i; undefined where it was left out. */
  argument(index: number): string | undefined;
  /** All of them: of a command that takes as many as one likes. */
  words(): readonly string[];
  text(option: string): string | undefined;
  flag(option: string): boolean;
  /** A whole number from `min`; `1e6` and `1_000_000` are numbers too. */
  count(option: string, min?: number): number | undefined;
  /** A TCP port; 0 stands for a free one. */
  port(option: string): number | undefined;
  /** A number from `min` to `max`. */
  number(option: string, min: number, max: number): number | undefined;
  /** The values of an option that takes several. */
  texts(option: string): readonly string[] | undefined;
  /** An instant, ms since 1970 UTC: a date (midnight UTC) or an ISO 8601 time. */
  instant(option: string): number | undefined;
}

const highestPort = 65_535;

export function invocation(
  positional: readonly (string | undefined)[],
  options: Readonly<Record<string, unknown>>,
): Invocation {
  const text = (option: string): string | undefined => {
    const value = options[camelCase(option)];
    return typeof value === 'string' ? value : undefined;
  };
  const count = (option: string, min = 0): number | undefined => {
    const written = text(option);
    if (written === undefined) return undefined;
    const value = Number(written.replaceAll(/[_,](?=\d)/g, ''));
    if (written.trim() !== '' && Number.isSafeInteger(value) && value >= min) return value;
    throw new PlayheadError('PH_USAGE', `--${option} ${written}: expected a whole number from ${min}`);
  };
  return {
    argument: (index) => positional[index],
    words: () => positional.filter((word) => word !== undefined),
    text,
    flag: (option) => options[camelCase(option)] === true,
    count,
    port: (option) => {
      const value = count(option);
      if (value === undefined || value <= highestPort) return value;
      throw new PlayheadError('PH_USAGE', `--${option} ${value}: expected a port, 0 to ${highestPort}`);
    },
    number: (option, min, max) => {
      const written = text(option);
      if (written === undefined) return undefined;
      const value = Number(written);
      if (written.trim() !== '' && value >= min && value <= max) return value;
      throw new PlayheadError('PH_USAGE', `--${option} ${written}: expected a number from ${min} to ${max}`);
    },
    texts: (option) => {
      const value = options[camelCase(option)];
      return Array.isArray(value) ? value.map(String) : undefined;
    },
    instant: (option) => {
      const written = text(option);
      return written === undefined ? undefined : parseInstant(written, `--${option}`);
    },
  };
}

/** `2025-08-11` or `2025-08-11T06:00:00Z` as ms since 1970 UTC; a time without a zone is UTC. */
export function parseInstant(written: string, where: string): number {
  const shape = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(
    written,
  );
  const day = shape?.[1] ?? '';
  const instant = Date.parse(`${day}T${shape?.[2] ?? '00:00'}${shape?.[3] ?? 'Z'}`);
  const midnight = Date.parse(`${day}T00:00Z`);
  // Date.parse takes 2025-02-30 for March 2nd; a day that does not exist was mistyped.
  const real = Number.isFinite(midnight) && new Date(midnight).toISOString().startsWith(day);
  if (Number.isFinite(instant) && real) return instant;
  throw new PlayheadError('PH_USAGE', `${where} ${written}: expected a date or a time in UTC`, {
    hint: 'Write 2025-08-11 or 2025-08-11T06:00:00Z.',
  });
}

function camelCase(option: string): string {
  return option.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
