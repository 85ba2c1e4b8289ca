import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { BarsPanel, CellsPanel, CoursePanel, RangesPanel } from './definition.ts';
import { figureText, instantOf, numberOf, type Row, tickText } from './figure.ts';
import type { View } from './view.ts';

/** A drawing with its legend: static SVG, its colours CSS variables of the page. */
export interface Chart {
  readonly svg: string;
  readonly legend: readonly { readonly name: string; readonly colour: string }[];
}

export type Charted = Exclude<View, { readonly panel: 'figures' | 'table' }>;
type Drawn<K extends Charted['panel']> = Extract<Charted, { readonly panel: K }>;

/** The page's series colours, in an order in which neighbours differ most, also to those who see colours otherwise. */
const palette = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => `var(--series-${i})`);

const colourAt = (i: number): string => palette[i % palette.length] ?? 'currentColor';

const drawings: { readonly [K in Charted['panel']]: (view: Drawn<K>, rows: readonly Row[]) => Drawing } = {
  lines: drawCourse,
  areas: drawCourse,
  bars: drawBars,
  ranges: drawRanges,
  cells: drawCells,
  waterfall: drawWaterfall,
  spans: drawSpans,
};

interface Drawing {
  readonly options: Plot.PlotOptions;
  readonly series?: readonly string[];
}

/** Draws a view's rows, `width` pixels wide: at that width its text has the page's size. Without rows there is nothing to draw: the caller says so in words. */
export function drawChart(view: Charted, rows: readonly Row[], width: number): Chart {
  // The kind picks its own drawing: a pairing that the compiler cannot follow through the table.
  const draw = drawings[view.panel] as (view: Charted, rows: readonly Row[]) => Drawing;
  const { options, series = [] } = draw(view, rows);
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const plot = Plot.plot({ width, style: { fontSize: '12px' }, ...options, document });
  plot.setAttribute('role', 'img');
  plot.setAttribute('aria-label', spokenSummary(view, rows));
  return { svg: plot.outerHTML, legend: series.map((name, i) => ({ name, colour: colourAt(i) })) };
}

/** What a reader who doesn't see the picture is told; the figures stand in the table under it. */
function spokenSummary(view: Charted, rows: readonly Row[]): string {
  return `${view.title}. ${view.note} ${rows.length} figures, in the table that follows.`.replace(/\s+/g, ' ');
}

function seriesOf(rows: readonly Row[], column: string | undefined): readonly string[] {
  if (column === undefined) return [];
  return [...new Set(rows.map((row) => String(row[column])))].sort();
}

function colours(series: readonly string[]): Plot.ScaleOptions {
  return { type: 'ordinal', domain: [...series], range: series.map((_, i) => colourAt(i)) };
}

const grid = { grid: true, tickSize: 0, label: null } as const;

function axis(unit: string | undefined): Plot.ScaleOptions {
  return { ...grid, tickFormat: (value: number) => tickText(value, unit), nice: true };
}

function drawCourse(view: Omit<CoursePanel, 'sql' | 'sqlPath'>, rows: readonly Row[]): Drawing {
  const series = seriesOf(rows, view.series);
  const points = rows.flatMap((row) => {
    const at = instantOf(row[view.x]);
    const of = view.series === undefined ? '' : String(row[view.series]);
    return at === undefined ? [] : [{ at, value: numberOf(row[view.y]), of }];
  });
  const title = (point: { at: Date; value: number; of: string }): string =>
    [point.of, point.at.toISOString().slice(11, 16), figureText(point.value, view.unit)].filter(Boolean).join(' · ');
  const colour = series.length === 0 ? colourAt(0) : 'of';
  const stacked = { x: 'at', y: 'value', ...(series.length === 0 ? {} : { z: 'of', order: [...series] }) };
  const marks =
    view.panel === 'areas'
      ? [
          Plot.areaY(points, {
            ...stacked,
            fill: colour,
            fillOpacity: series.length === 0 ? 0.18 : 0.75,
          }),
          ...(series.length === 0 ? [Plot.lineY(points, { x: 'at', y: 'value', stroke: colour, strokeWidth: 2 })] : []),
        ]
      : [Plot.lineY(points, { x: 'at', y: 'value', z: 'of', stroke: colour, strokeWidth: 2 })];
  // Points that are not seen, but say their figure under the pointer.
  const spots = Plot.dot(points, { x: 'at', y: 'value', r: 5, fill: 'transparent', title });
  return {
    series,
    options: {
      height: 260,
      marginLeft: 64,
      marginRight: 16,
      x: { type: 'utc', label: null, tickSize: 0, tickFormat: '%H:%M' },
      y: { ...axis(view.unit), zero: true },
      ...(series.length === 0 ? {} : { color: colours(series) }),
      marks: [
        ...marks,
        ...(view.panel === 'lines' || series.length === 0 ? [spots] : []),
        Plot.ruleY([0], { strokeOpacity: 0.4 }),
      ],
    },
  };
}

function drawBars(view: Omit<BarsPanel, 'sql' | 'sqlPath'>, rows: readonly Row[]): Drawing {
  const series = seriesOf(rows, view.series);
  const totals = new Map<string, number>();
  for (const row of rows) {
    const category = String(row[view.category]);
    totals.set(category, (totals.get(category) ?? 0) + numberOf(row[view.value]));
  }
  const categories = [...totals.keys()].sort((a, b) => (totals.get(b) ?? 0) - (totals.get(a) ?? 0));
  const bars = rows.map((row) => ({
    category: String(row[view.category]),
    value: numberOf(row[view.value]),
    of: view.series === undefined ? '' : String(row[view.series]),
  }));
  const title = (bar: (typeof bars)[number]): string =>
    [bar.category, bar.of, figureText(bar.value, view.unit)].filter(Boolean).join(' · ');
  const longest = Math.max(...categories.map((name) => name.length), 4);
  return {
    series,
    options: {
      height: 52 + 28 * categories.length,
      marginLeft: Math.min(240, 16 + 7 * longest),
      marginRight: 76,
      x: { ...axis(view.unit), axis: 'top', ticks: 4 },
      y: { domain: categories, label: null, tickSize: 0, padding: 0.28 },
      ...(series.length === 0 ? {} : { color: colours(series) }),
      marks: [
        Plot.barX(bars, {
          y: 'category',
          x: 'value',
          fill: series.length === 0 ? colourAt(0) : 'of',
          title,
          ...(series.length === 0 ? { rx: 2 } : { order: [...series] }),
        }),
        Plot.text(categories, {
          y: (name: string) => name,
          x: (name: string) => totals.get(name) ?? 0,
          text: (name: string) => figureText(totals.get(name), view.unit),
          textAnchor: 'start',
          dx: 6,
        }),
        Plot.ruleX([0], { strokeOpacity: 0.4 }),
      ],
    },
  };
}

function drawRanges(view: Omit<RangesPanel, 'sql' | 'sqlPath'>, rows: readonly Row[]): Drawing {
  const ranges = rows.map((row) => ({
    category: String(row[view.category]),
    low: numberOf(row[view.low]),
    middle: numberOf(row[view.middle]),
    high: numberOf(row[view.high]),
  }));
  const title = (range: (typeof ranges)[number]): string =>
    [range.category, ...[range.low, range.middle, range.high].map((value) => figureText(value, view.unit))].join(' · ');
  const longest = Math.max(...ranges.map(({ category }) => category.length), 4);
  return {
    options: {
      height: 52 + 28 * ranges.length,
      marginLeft: Math.min(240, 16 + 7 * longest),
      marginRight: 76,
      x: { ...axis(view.unit), axis: 'top', ticks: 4, zero: true },
      y: { domain: ranges.map(({ category }) => category), label: null, tickSize: 0 },
      marks: [
        Plot.ruleY(ranges, {
          y: 'category',
          x1: 'low',
          x2: 'high',
          stroke: colourAt(0),
          strokeOpacity: 0.35,
          strokeWidth: 8,
          strokeLinecap: 'round',
          title,
        }),
        Plot.dot(ranges, { y: 'category', x: 'middle', r: 5.5, fill: colourAt(0), title }),
        Plot.text(ranges, {
          y: 'category',
          x: 'high',
          text: (range: { middle: number }) => figureText(range.middle, view.unit),
          textAnchor: 'start',
          dx: 12,
        }),
      ],
    },
  };
}

function drawCells(view: Omit<CellsPanel, 'sql' | 'sqlPath'>, rows: readonly Row[]): Drawing {
  const cells = rows.map((row) => ({
    x: String(row[view.x]),
    y: String(row[view.y]),
    value: numberOf(row[view.value]),
  }));
  const most = Math.max(...cells.map(({ value }) => value), 0);
  const heights = new Set(cells.map(({ y }) => y)).size;
  const longest = Math.max(...cells.map(({ y }) => y.length), 4);
  const share = (cell: { value: number }): number => (most === 0 ? 0 : cell.value / most);
  return {
    options: {
      height: 40 + 44 * heights,
      marginLeft: Math.min(240, 16 + 7 * longest),
      marginTop: 28,
      x: { type: 'band', axis: 'top', label: null, tickSize: 0, padding: 0.04 },
      y: { type: 'band', label: null, tickSize: 0, padding: 0.06 },
      marks: [
        // Opacity over the page's own background: deep stays deep in light and in dark.
        Plot.cell(cells, {
          x: 'x',
          y: 'y',
          fill: colourAt(0),
          fillOpacity: (cell) => 0.08 + 0.72 * share(cell),
          rx: 4,
        }),
        Plot.text(cells, {
          x: 'x',
          y: 'y',
          text: (cell: { value: number }) => figureText(cell.value, view.unit),
          fontWeight: 600,
        }),
      ],
    },
  };
}

function drawWaterfall(_: Drawn<'waterfall'>, rows: readonly Row[]): Drawing {
  let ground = 0;
  const steps = rows.map((row) => {
    const [name, value] = [String(row['name']), numberOf(row['value'])];
    const whole = row['whole'] === 1;
    const from = whole ? 0 : ground;
    const to = whole ? value : ground - value;
    ground = to;
    return {
      name,
      value,
      whole,
      from: Math.min(from, to),
      to: Math.max(from, to),
      left: to,
      tone: String(row['tone'] ?? ''),
    };
  });
  const tones: Readonly<Record<string, string>> = { good: 'var(--good)', bad: 'var(--bad)', fair: 'var(--fair)' };
  const joints = steps
    .slice(0, -1)
    .map((step, i) => ({ x1: step.name, x2: steps[i + 1]?.name ?? step.name, y: step.left }));
  return {
    options: {
      height: 300,
      marginLeft: 76,
      marginTop: 28,
      x: { type: 'band', domain: steps.map(({ name }) => name), label: null, tickSize: 0, padding: 0.3 },
      y: { ...axis(undefined), zero: true },
      marks: [
        Plot.link(joints, { x1: 'x1', x2: 'x2', y1: 'y', y2: 'y', strokeOpacity: 0.35, strokeDasharray: '3,3' }),
        Plot.barY(steps, {
          x: 'name',
          y1: 'from',
          y2: 'to',
          fill: (step: { tone: string }) => tones[step.tone] ?? colourAt(0),
          title: (step: { name: string; value: number }) => `${step.name} · ${figureText(step.value)}`,
          rx: 2,
        }),
        Plot.text(steps, {
          x: 'name',
          y: 'to',
          text: (step: { value: number }) => figureText(step.value),
          dy: -10,
          fontWeight: 600,
        }),
        Plot.ruleY([0], { strokeOpacity: 0.4 }),
      ],
      color: { type: 'identity' },
    },
  };
}

function drawSpans(_: Drawn<'spans'>, rows: readonly Row[]): Drawing {
  const spans = rows.flatMap((row) => {
    const [from, to] = [instantOf(row['from']), instantOf(row['to'])];
    return from === undefined || to === undefined ? [] : [{ name: String(row['name']), from, to }];
  });
  const names = [...new Set(spans.map(({ name }) => name))];
  const first = Math.min(...spans.map(({ from }) => from.getTime()));
  const last = Math.max(...spans.map(({ to }) => to.getTime()));
  // Whole days around them, so that a place on the axis is a time of day.
  const dayMs = 86_400_000;
  const domain = [new Date(Math.floor(first / dayMs) * dayMs), new Date(Math.ceil(last / dayMs) * dayMs)];
  const longest = Math.max(...names.map((name) => name.length), 4);
  const title = (span: (typeof spans)[number]): string =>
    `${span.name} · ${span.from.toISOString().slice(11, 16)} to ${span.to.toISOString().slice(11, 16)}`;
  return {
    options: {
      height: 40 + 32 * names.length,
      marginLeft: Math.min(360, 16 + 7 * longest),
      marginRight: 24,
      x: { type: 'utc', domain, axis: 'top', label: null, tickSize: 0, grid: true, tickFormat: '%H:%M' },
      y: { type: 'band', domain: names, label: null, tickSize: 0, padding: 0.35 },
      marks: [Plot.barX(spans, { y: 'name', x1: 'from', x2: 'to', fill: 'var(--fair)', rx: 3, title })],
    },
  };
}
