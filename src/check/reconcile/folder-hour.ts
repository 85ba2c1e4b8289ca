import { parsePartitionPath } from '../../lake/hive-layout.ts';

/**
 * The hour that an object's folders name, ms since 1970 UTC: `year=2025/month=08/day=11/hour=06/`, `dt=2025-08-11/hour=6/`,
 * or Firehose's own `2025/08/11/06/`. Undefined where they name none.
 */
export function folderHour(key: string): number | undefined {
  const values = new Map(parsePartitionPath(key).map(({ name, value }) => [name.toLowerCase(), value]));
  const day =
    values.get('dt') ??
    values.get('date') ??
    (values.has('year') ? `${values.get('year')}-${two(values.get('month'))}-${two(values.get('day'))}` : undefined);
  if (day !== undefined && values.has('hour')) return instantOf(day, two(values.get('hour')));
  const plain = /(?:^|\/)(\d{4})\/(\d{2})\/(\d{2})\/(\d{2})\//.exec(key);
  return plain === null ? undefined : instantOf(`${plain[1]}-${plain[2]}-${plain[3]}`, plain[4] ?? '');
}

function two(text = ''): string {
  return text.padStart(2, '0');
}

function instantOf(day: string, hour: string): number | undefined {
  const instant = Date.parse(`${day}T${hour}:00:00Z`);
  return Number.isNaN(instant) ? undefined : instant;
}
