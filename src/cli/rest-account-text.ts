import { counted, formatCount } from '../base/units.ts';
import type { RestLedger } from '../check/rest-ledger.ts';
import { faultText } from '../ledger/fault.ts';
import { type GridCell, grid } from './grid.ts';
import type { Style } from './output.ts';

/** What a source has taken, by endpoint, with the verdict under it. */
export function restAccountText(
  { account, faults }: Pick<RestLedger, 'account' | 'faults'>,
  style: Style,
  maxWidth: number,
): string {
  const { source, endpoints, executions } = account;
  const rows = endpoints.map((each): GridCell[] => [
    each.endpoint,
    each.table,
    formatCount(each.days),
    formatCount(each.pages),
    formatCount(each.records),
  ]);
  const titles = [
    { title: 'endpoint' },
    { title: 'table' },
    { title: 'days', align: 'right' },
    { title: 'pages', align: 'right' },
    { title: 'records', align: 'right' },
  ] as const;
  const table = grid(titles, rows, { maxWidth, indent: '  ', paint: { header: style.dim, rule: style.dim } });
  const pages = endpoints.reduce((sum, each) => sum + each.pages, 0);
  const expired = endpoints.reduce((sum, each) => sum + each.expired, 0);
  const erased = endpoints.reduce((sum, each) => sum + each.erased, 0);
  const aged = expired === 0 ? '' : `, but for ${formatCount(expired)} past their age`;
  const without = erased === 0 ? '' : `, ${counted(erased, 'record')} erased`;
  const verdict =
    faults.length === 0
      ? `  ${style.green('✓')} ${counted(pages, 'page')} committed, each there as it was taken${aged}${without}`
      : `  ${style.red('✗')} what is there is not what was committed`;
  return [
    style.bold(source),
    ...(endpoints.length === 0 ? [] : [table]),
    verdict,
    ...(executions.unfinished === 0
      ? []
      : [`    ${counted(executions.unfinished, 'execution')} ended before all pages were there`]),
    ...faults.map((fault) => `    ${faultText(fault)}`),
  ].join('\n');
}
