import { PlayheadError } from '../../base/errors.ts';
import type { PanelSection, ReportDefinition, StandardSection } from '../../insight/report/definition.ts';
import type { Cell, Row } from '../../insight/report/figure.ts';
import { forDay } from '../../insight/report/parameters.ts';
import type { Block, Part, ReportPage } from '../../insight/report/view.ts';
import type { PipelineDefinition } from '../../pipeline/definition.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { queriesOf } from '../../pipeline/engine/queries.ts';
import { registeredObjects } from '../../pipeline/engine/registered-objects.ts';
import { type Addressed, addressed, resolveAddress } from '../../pipeline/graph/address.ts';
import { tableName } from '../../pipeline/graph/table-names.ts';
import { writerOf } from '../../pipeline/graph/writers.ts';
import type { Queries } from '../../query/queries.ts';
import type { SqlValue } from '../../sql/engine.ts';
import { columnsPart } from './columns.ts';
import { incidentsPart } from './incidents.ts';
import { ledgerPart } from './ledger.ts';
import { qualityPart } from './quality.ts';
import type { ReportScope } from './scope.ts';
import { dayColumns, volumeByDay } from './table-days.ts';
import { volumePart } from './volume.ts';

const standard: Readonly<Record<StandardSection, (scope: ReportScope) => Promise<Part>>> = {
  volume: volumePart,
  columns: columnsPart,
  quality: qualityPart,
  ledger: ledgerPart,
  incidents: incidentsPart,
};

/** The report that a pipeline has of itself, where it defines none. PH_USAGE where it has no table that it writes. */
export function defaultReport(pipeline: PipelineDefinition): ReportDefinition {
  const tables = addressed([pipeline], 'table').filter(({ address }) => writerOf([pipeline], address) !== undefined);
  // The last table along the way: one that a job makes, else one that a delivery fills.
  const last = tables.toSorted((a, b) => rank(pipeline, a) - rank(pipeline, b)).at(-1);
  if (last === undefined) {
    throw new PlayheadError('PH_USAGE', `${pipeline.name} has no table that a delivery or a job writes`, {
      hint: 'A report is about the days of a table.',
    });
  }
  const watched: readonly StandardSection[] = Object.keys(pipeline.detectors).length === 0 ? [] : ['incidents'];
  const sections: readonly StandardSection[] = ['volume', 'columns', 'quality', 'ledger', ...watched];
  return { kind: 'report', title: pipeline.name, table: last.name, sections };
}

function rank(pipeline: PipelineDefinition, { address }: Addressed<'table'>): number {
  return ['source', 'delivery', 'job'].indexOf(writerOf([pipeline], address)?.kind ?? '');
}

/**
 * Gathers a report of one day; without `day`, of the last one that there is. Throws PH_NOTHING_READ where the table holds
 * nothing of the day, PH_USAGE for a day of a table whose partitions name none.
 */
export async function gatherReport(
  engine: Engine,
  pipeline: PipelineDefinition,
  definition: ReportDefinition,
  asked: string | undefined,
  onPart: (title: string) => void = () => {},
): Promise<ReportPage> {
  const table = resolveAddress(engine.pipelines, definition.table, ['table'], pipeline.name);
  const day = await chosenDay(engine, table, asked);
  const queries = await queriesOf(engine);
  try {
    const scope: ReportScope = {
      engine,
      pipeline,
      definition,
      table,
      ...(day === undefined ? {} : { day }),
      ask: (sql) => rowsOf(queries, day === undefined ? sql : forDay(sql, day)),
    };
    const parts: Part[] = [];
    for (const section of definition.sections) {
      onPart(typeof section === 'string' ? section : section.title);
      parts.push(await (typeof section === 'string' ? standard[section](scope) : panelsPart(section, scope)));
    }
    const madeAtMs = engine.effects.clock.now();
    return { title: definition.title, pipeline: pipeline.name, ...(day === undefined ? {} : { day }), madeAtMs, parts };
  } finally {
    await queries.close();
  }
}

async function chosenDay(
  engine: Engine,
  table: Addressed<'table'>,
  asked: string | undefined,
): Promise<string | undefined> {
  const name = tableName(table);
  const objects = await registeredObjects(engine, table);
  const hint = '`playhead status` shows how far the flow came; `playhead doctor` names the link that is silent.';
  if (!objects.some(({ rows }) => rows > 0))
    throw new PlayheadError('PH_NOTHING_READ', `${name} holds nothing yet`, { hint });
  const columns = dayColumns(table.definition);
  if (columns === undefined) {
    if (asked === undefined) return undefined;
    throw new PlayheadError('PH_USAGE', `the partitions of ${name} name no day: its report is of all that it holds`, {
      hint: 'Leave --day out.',
    });
  }
  const volumes = volumeByDay(objects, columns);
  const days = [...volumes.keys()].filter((day) => (volumes.get(day)?.rows ?? 0) > 0);
  if (asked === undefined) return days.at(-1);
  if (days.includes(asked)) return asked;
  const nearest = days.toSorted((a, b) => distance(a, asked) - distance(b, asked))[0];
  throw new PlayheadError('PH_NOTHING_READ', `${name} holds nothing of ${asked}`, {
    hint: nearest === undefined ? hint : `The nearest day that it holds is ${nearest}.`,
    details: { day: asked, nearest: nearest ?? null },
  });
}

function distance(day: string, other: string): number {
  return Math.abs(Date.parse(day) - Date.parse(other));
}

async function panelsPart({ title, text, panels }: PanelSection, scope: ReportScope): Promise<Part> {
  const blocks: Block[] = [];
  for (const { sql, sqlPath, ...view } of panels) {
    const rows = await scope.ask(sql).catch((cause: unknown) => {
      throw new PlayheadError('PH_SQL_FAILED', `the panel "${view.title}" (${sqlPath}): ${messageOf(cause)}`, {
        cause,
      });
    });
    blocks.push({ view, rows });
  }
  return { title, text, blocks };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** A report's rows are few: they are held, those past what a page can show left out. */
const mostRows = 5000;

async function rowsOf(queries: Queries, sql: string): Promise<readonly Row[]> {
  const result = await queries.run(sql);
  const names = result.columns.map(({ name }) => name);
  const rows: Row[] = [];
  for await (const page of result.pages) {
    for (const values of page) {
      if (rows.length < mostRows)
        rows.push(Object.fromEntries(names.map((name, i) => [name, cellOf(values[i] ?? null)])));
    }
  }
  return rows;
}

function cellOf(value: SqlValue): Cell {
  if (value === null || typeof value === 'number' || typeof value === 'string') return value;
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'boolean' ? String(value) : JSON.stringify(value);
}
