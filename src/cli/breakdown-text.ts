import { formatCount } from '../base/units.ts';
import { type Breakdown, byHour, byObject, byPartition, bySource } from '../check/breakdown.ts';
import type { Path } from '../check/path.ts';
import { type GridCell, grid } from './grid.ts';
import type { Style } from './output.ts';

/** For `--json`: the lines of a breakdown beside the account that they break down. */
export function breakdownData(path: Path, by: Breakdown): Record<string, unknown> {
  return data[by](path);
}

const data: Readonly<Record<Breakdown, (path: Path) => Record<string, unknown>>> = {
  source: (path) => ({ sources: bySource(path) }),
  hour: (path) => ({ hours: byHour(path), partitions: byPartition(path) }),
  object: (path) => ({ objects: byObject(path) }),
};

/** The lines of a breakdown as tables, each marked with whether it adds up. */
export function breakdownText(path: Path, by: Breakdown, style: Style, columns: number): string {
  return texts[by](path, (titles, lines) => table(titles, lines, style, columns), style);
}

type Line = Readonly<Record<string, unknown>> & { readonly addsUp: boolean };
type Table = (titles: readonly string[], lines: readonly Line[]) => string;

const texts: Readonly<Record<Breakdown, (path: Path, draw: Table, style: Style) => string>> = {
  source: (path, draw, style) =>
    titled(style, `${path.stream} by source`, draw(['source', 'sent', 'logged', 'resent'], linesOf(bySource(path)))),
  hour: (path, draw, style) =>
    [
      titled(
        style,
        `${[path.stream, path.deliveryAddress].filter((name) => name !== undefined).join(' and ')} by hour of arrival`,
        draw(
          ['hour', 'sent', 'logged', 'resent', 'passed', 'delivered', 'errored', 'pending'],
          linesOf(
            byHour(path).map((line) => ({
              ...line,
              hour: line.hour?.slice(0, 16).replace('T', ' ') ?? 'before hours were kept',
            })),
          ),
        ),
      ),
      ...path.jobLedgers.map(({ address }) =>
        titled(
          style,
          `${address} by partition`,
          draw(
            ['partition', 'version', 'read', 'written', 'quarantined', 'deduplicated', 'superseded', 'rows'],
            linesOf(
              byPartition(path)
                .filter(({ job }) => job === address)
                .map((line) => ({ ...line, superseded: line.superseded + line.replaced })),
            ),
          ),
        ),
      ),
    ].join('\n\n'),
  object: (path, draw, style) =>
    titled(
      style,
      'by object',
      draw(
        ['object', 'holds', 'commit', 'flush', 'rows', 'written', 'quarantined', 'deduplicated', 'state'],
        byObject(path).map(({ key, holds, commit, flush, rows, state, readBy, addsUp }) => ({
          object: key,
          ...(readBy[0] ?? {}),
          holds,
          commit,
          flush: flush ?? '',
          rows,
          state,
          addsUp,
        })),
      ),
    ),
};

function titled(style: Style, title: string, text: string): string {
  return `  ${style.bold(title)}\n${text}`;
}

function linesOf<T extends { readonly addsUp: boolean }>(lines: readonly T[]): readonly Line[] {
  return lines.map((line) => ({ ...line }));
}

const textColumns = new Set(['source', 'hour', 'partition', 'object', 'holds', 'state']);

function table(titles: readonly string[], lines: readonly Line[], style: Style, columns: number): string {
  const cell = (value: unknown): GridCell => {
    if (typeof value === 'number') return value === 0 ? { text: '0', paint: style.dim } : formatCount(value);
    return value === undefined ? '' : String(value);
  };
  const mark = ({ addsUp }: Line): GridCell =>
    addsUp ? { text: '✓', paint: style.green } : { text: '✗', paint: style.red };
  return grid(
    [
      { title: '', apart: 'above' },
      ...titles.map((title, i) => ({
        title,
        align: textColumns.has(title) ? ('left' as const) : ('right' as const),
        ...(i === 0 ? { apart: 'above' as const } : {}),
      })),
    ],
    lines.map((line) => [mark(line), ...titles.map((title) => cell(line[title]))]),
    { maxWidth: columns, indent: '  ', paint: { rule: style.dim } },
  );
}
