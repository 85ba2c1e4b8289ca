import { counted, formatBytes, formatCount } from '../base/units.ts';
import type { CrawlReport } from '../catalog/crawler/report.ts';
import type { Style } from './output.ts';

/** What a crawl found and changed, a table at a time. */
export function crawlText(address: string, report: CrawlReport, style: Style): string {
  const { objects, folders, tables, findings } = report;
  const size = `${counted(objects.found, 'object')} (${formatBytes(objects.sizeBytes)})`;
  const known = folders.unchanged === 0 ? '' : `, ${formatCount(folders.unchanged)} as at the last crawl`;
  const paint = { created: style.green, updated: style.green, unchanged: style.dim } as const;
  return [
    `${address}: ${size} in ${counted(folders.found, 'folder')}${known}`,
    ...tables.flatMap((table) => {
      const change = table.change in paint ? paint[table.change as keyof typeof paint] : style.yellow;
      const added = table.columnsAdded.map(({ name, type }) => `column ${name} ${type} added`);
      const changed = table.columnsChanged.map(({ name, from, to }) => `column ${name}: ${from} → ${to}`);
      const partitions = [
        ...(table.partitionsAdded.length === 0 ? [] : [`${counted(table.partitionsAdded.length, 'partition')} added`]),
        ...(table.partitionsRemoved.length === 0 ? [] : [`${formatCount(table.partitionsRemoved.length)} removed`]),
      ];
      return [
        `  ${report.database}.${table.name}  ${change(table.change)}  ${style.dim(counted(table.records, 'record'))}`,
        ...[...added, ...changed, ...partitions].map((line) => `    ${line}`),
      ];
    }),
    ...findings.map(({ severity, subject, message }) => {
      const mark = severity === 'warning' ? style.yellow('!') : style.dim('·');
      return `  ${mark} ${message.includes(subject) ? message : `${subject}: ${message}`}`;
    }),
  ].join('\n');
}
