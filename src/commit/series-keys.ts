import { PlayheadError } from '../base/errors.ts';

export const seriesRoot = '_playhead/series/';

const numberDigits = 10;

/** Key of plan or commit n: in byte order as the numbers are. */
export function seriesKey(name: string, kind: 'plan' | 'commit', n: number): string {
  return `${seriesRoot}${name}/${kind}/${String(n).padStart(numberDigits, '0')}.json`;
}

export function checkSeriesName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(name)) return;
  throw new PlayheadError('PH_CONFIG_INVALID', `${JSON.stringify(name)} cannot name a commit series`, {
    hint: 'Letters, digits, dot, dash and underscore, starting with a letter or digit.',
  });
}
