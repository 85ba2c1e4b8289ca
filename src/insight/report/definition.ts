import { unknownSettings } from '../../base/unknown-settings.ts';

/** A SQL text with the file that it came from. */
interface SqlText {
  readonly text: string;
  readonly path: string;
}

/** What each panel has. Its SQL is Athena's, over one day: `:year`, `:month`, `:day`, `:date`, `:from` and `:to` stand for it. */
interface PanelBase {
  readonly title: string;
  /** What it shows, with the formula of each figure; stands under the title. */
  readonly note: string;
  readonly sql: string;
  readonly sqlPath: string;
}

/** A column that is shown as figures: how it is called, and in which unit. */
export interface FigureColumn {
  readonly label: string;
  /** `%`, `h`, `Mbps` …; left out for plain counts. */
  readonly unit?: string;
}

/** The figures of the one row that its SQL gives. */
export interface FiguresPanel extends PanelBase {
  readonly panel: 'figures';
  readonly values: Readonly<Record<string, FigureColumn>>;
}

/** A course over time: a line, or an area each series, stacked. */
export interface CoursePanel extends PanelBase {
  readonly panel: 'lines' | 'areas';
  /** Column of the instant. */
  readonly x: string;
  readonly y: string;
  readonly series?: string;
  readonly unit?: string;
}

/** A bar a category, the longest on top; with a series, bars are stacked. */
export interface BarsPanel extends PanelBase {
  readonly panel: 'bars';
  readonly category: string;
  readonly value: string;
  readonly series?: string;
  readonly unit?: string;
}

/** From a low to a high quantile, with the one in the middle. */
export interface RangesPanel extends PanelBase {
  readonly panel: 'ranges';
  readonly category: string;
  readonly low: string;
  readonly middle: string;
  readonly high: string;
  readonly unit?: string;
}

/** A cell for each pair of categories, the deeper the higher. */
export interface CellsPanel extends PanelBase {
  readonly panel: 'cells';
  readonly x: string;
  readonly y: string;
  readonly value: string;
  readonly unit?: string;
}

export interface TablePanel extends PanelBase {
  readonly panel: 'table';
  readonly columns: Readonly<Record<string, FigureColumn>>;
}

export type Panel = FiguresPanel | CoursePanel | BarsPanel | RangesPanel | CellsPanel | TablePanel;

/** What the engine knows of every pipeline by itself. */
export const standardSections = ['volume', 'columns', 'quality', 'ledger', 'incidents'] as const;
export type StandardSection = (typeof standardSections)[number];

/** Panels under a heading. */
export interface PanelSection {
  readonly title: string;
  readonly text: string;
  readonly panels: readonly Panel[];
}

/** A page about one day of a table. */
export interface ReportDefinition {
  readonly kind: 'report';
  readonly title: string;
  /** Address of the table, whose partitions say which days there are. */
  readonly table: string;
  readonly sections: readonly (PanelSection | StandardSection)[];
}

export function report(settings: {
  title: string;
  table: string;
  sections: readonly (PanelSection | StandardSection)[];
}): ReportDefinition {
  return { kind: 'report', ...settings, ...unknownSettings(settings, ['title', 'table', 'sections']) };
}

type Given<P extends Panel> = Omit<P, 'panel' | 'note' | 'sql' | 'sqlPath'> & { note?: string; sql: SqlText };

function based<P extends Panel>(kind: P['panel'], { note = '', sql, ...rest }: Given<Panel>): P {
  // The caller's type says which settings there are; shapes check them again on load.
  return { panel: kind, note, sql: sql.text, sqlPath: sql.path, ...rest } as unknown as P;
}

/** Builders of a report's panels. */
export const panel = {
  figures: (settings: Given<FiguresPanel>): FiguresPanel => based('figures', settings),
  lines: (settings: Given<CoursePanel>): CoursePanel => based('lines', settings),
  areas: (settings: Given<CoursePanel>): CoursePanel => based('areas', settings),
  bars: (settings: Given<BarsPanel>): BarsPanel => based('bars', settings),
  ranges: (settings: Given<RangesPanel>): RangesPanel => based('ranges', settings),
  cells: (settings: Given<CellsPanel>): CellsPanel => based('cells', settings),
  table: (settings: Given<TablePanel>): TablePanel => based('table', settings),
} as const;
