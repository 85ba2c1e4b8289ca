/** Durations are milliseconds, sizes are bytes; these give definitions their unit in words. */
export const milliseconds = (n: number): number => n;
export const seconds = (n: number): number => n * 1000;
export const minutes = (n: number): number => n * 60_000;
export const hours = (n: number): number => n * 3_600_000;
export const days = (n: number): number => n * 86_400_000;

export const bytes = (n: number): number => n;
export const kibibytes = (n: number): number => n * 1024;
export const mebibytes = (n: number): number => n * 1024 ** 2;
export const gibibytes = (n: number): number => n * 1024 ** 3;

/** `5242880` → `5.0 MiB`. */
export function formatBytes(sizeBytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = sizeBytes;
  let unit = 0;
  // What would be rounded to 1024.0 is one of the next unit.
  while (Math.abs(value) >= (unit === 0 ? 1024 : 1023.95) && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${units[unit]}`;
}

/** `83000` → `1 min 23 s`, `120000` → `2 min`; below a second in ms, from two days on in days. Rounded before it is divided: never `1 min 60 s`. */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(ms < 9_995 ? 2 : 1)} s`;
  const wholeSeconds = Math.round(ms / 1000);
  if (wholeSeconds < 3600) return inTwo(wholeSeconds, 60, 'min', 's');
  const wholeMinutes = Math.round(ms / 60_000);
  if (wholeMinutes < 48 * 60) return inTwo(wholeMinutes, 60, 'h', 'min');
  return inTwo(Math.round(ms / 3_600_000), 24, 'd', 'h');
}

/** `3 h 20 min`; `3 h` where the rest is nothing. */
function inTwo(count: number, inLarger: number, larger: string, smaller: string): string {
  const rest = count % inLarger;
  return `${formatCount(Math.floor(count / inLarger))} ${larger}${rest === 0 ? '' : ` ${rest} ${smaller}`}`;
}

/** `2203412` → `2,203,412`. */
export function formatCount(count: number | bigint): string {
  // By hand: the first use of the locale's tables takes a process longer than most commands take for their work.
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 object`, `2,203 objects`: of nouns whose plural takes an s. */
export function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}
