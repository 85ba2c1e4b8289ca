import type { FigureColumn, Panel } from './definition.ts';
import type { Row } from './figure.ts';

/** A step of a sum that is shown as falling or rising bars: the wholes stand on the ground. */
export interface WaterfallView {
  readonly panel: 'waterfall';
  readonly title: string;
  readonly note: string;
}

/** Stretches of time under one another: rows of a name, and the instants from and to. */
export interface SpansView {
  readonly panel: 'spans';
  readonly title: string;
  readonly note: string;
}

/** A panel without where its rows came from: of a definition, or made by the engine. */
export type View = DistributedOmit<Panel, 'sql' | 'sqlPath'> | WaterfallView | SpansView;

type DistributedOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A panel with its rows. */
export interface Block {
  readonly view: View;
  readonly rows: readonly Row[];
  /** What is said where there are no rows. */
  readonly empty?: string;
}

/** A section as it is shown. */
export interface Part {
  readonly title: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** A whole page. */
export interface ReportPage {
  readonly title: string;
  readonly pipeline: string;
  /** `2025-08-11`; undefined for a table without days. */
  readonly day?: string;
  readonly madeAtMs: number;
  readonly parts: readonly Part[];
}

/** The columns of a view's figures, as they stand in its table. */
export function figureColumns(view: View): Readonly<Record<string, FigureColumn>> {
  switch (view.panel) {
    case 'figures':
      return view.values;
    case 'table':
      return view.columns;
    case 'lines':
    case 'areas':
      return {
        [view.x]: { label: spoken(view.x) },
        ...(view.series === undefined ? {} : { [view.series]: { label: spoken(view.series) } }),
        [view.y]: labelled(view.y, view.unit),
      };
    case 'bars':
      return {
        [view.category]: { label: spoken(view.category) },
        ...(view.series === undefined ? {} : { [view.series]: { label: spoken(view.series) } }),
        [view.value]: labelled(view.value, view.unit),
      };
    case 'ranges':
      return {
        [view.category]: { label: spoken(view.category) },
        [view.low]: labelled(view.low, view.unit),
        [view.middle]: labelled(view.middle, view.unit),
        [view.high]: labelled(view.high, view.unit),
      };
    case 'cells':
      return {
        [view.y]: { label: spoken(view.y) },
        [view.x]: { label: spoken(view.x) },
        [view.value]: labelled(view.value, view.unit),
      };
    case 'spans':
      return { name: { label: 'what' }, from: { label: 'from' }, to: { label: 'to' } };
    case 'waterfall':
      return { name: { label: 'part' }, value: { label: 'records' } };
  }
}

function labelled(name: string, unit: string | undefined): FigureColumn {
  return { label: spoken(name), ...(unit === undefined ? {} : { unit }) };
}

/** `watch_hours` → `watch hours`. */
function spoken(name: string): string {
  return name.replaceAll('_', ' ');
}
