import { isPlayheadError } from '../../base/errors.ts';
import { type FoundIncident, incidentFigure } from '../../insight/incident.ts';
import type { Row } from '../../insight/report/figure.ts';
import type { Block, Part } from '../../insight/report/view.ts';
import { registeredObjects } from '../../pipeline/engine/registered-objects.ts';
import { addressed } from '../../pipeline/graph/address.ts';
import { watchTable } from '../../pipeline/watch/watch-table.ts';
import type { ReportScope } from './scope.ts';
import { dayColumns, volumeByDay } from './table-days.ts';

/** What the pipeline's detectors find on the day, each step judged from what was before it. */
export async function incidentsPart(scope: ReportScope): Promise<Part> {
  const blocks: Block[] = [];
  for (const entry of addressed([scope.pipeline], 'detector')) {
    const found = await watchTable(scope.engine, entry, await rangeOf(scope)).catch((error: unknown) => {
      // A young table: no fault, but the reader must know that nobody judged.
      if (!isPlayheadError(error, 'PH_NOTHING_READ')) throw error;
      return [error.message, error.hint].filter(Boolean).join('. ');
    });
    const title = `Found by ${entry.name}`;
    if (typeof found === 'string') blocks.push({ ...tableBlock(title, []), empty: found });
    else blocks.push(...incidentBlocks(title, found.incidents, found.unjudged));
  }
  const text = 'Times and places that were not as usual, by what was known when they began.';
  return { title: 'Incidents', text: blocks.length === 0 ? 'The pipeline defines no detector.' : text, blocks };
}

/** Of the last day of a table only what it holds is judged: the hours to come are not an outage. */
async function rangeOf({ engine, table, day }: ReportScope): Promise<{ fromMs?: number; toMs?: number }> {
  const columns = dayColumns(table.definition);
  if (day === undefined || columns === undefined) return {};
  const fromMs = Date.parse(`${day}T00:00:00Z`);
  const last = [...volumeByDay(await registeredObjects(engine, table), columns).keys()].at(-1);
  return last === day ? { fromMs } : { fromMs, toMs: fromMs + 86_400_000 };
}

/** Incidents along the day, and as a table; where there is none, that is said. */
export function incidentBlocks(
  title: string,
  incidents: readonly FoundIncident[],
  unjudged: readonly string[] = [],
): readonly Block[] {
  const note = unjudged.join('. ');
  if (incidents.length === 0) return [tableBlock(title, [], note)];
  const spans = incidents.map((incident) => ({
    name: `${incident.kind}, ${placeText(incident)}`,
    from: instant(incident.fromMs),
    to: instant(incident.toMs),
  }));
  const view = { panel: 'spans', title, note: 'From the first window that told it to the last.' } as const;
  return [{ view, rows: spans }, tableBlock('Incidents in figures', incidents.map(incidentRow), note)];
}

function tableBlock(title: string, rows: readonly Row[], note = ''): Block {
  const columns = {
    incident: { label: 'incident' },
    where: { label: 'where' },
    from: { label: 'from' },
    to: { label: 'to' },
    raised: { label: 'known at' },
    seen: { label: 'seen' },
    usual: { label: 'usual' },
    volume: { label: 'judged on' },
  };
  const empty = note === '' ? 'Nothing out of the ordinary.' : 'Nothing out of the ordinary in what could be judged.';
  return { view: { panel: 'table', title, note, columns }, rows, empty };
}

function incidentRow(incident: FoundIncident): Row {
  const { kind, fromMs, toMs, raisedMs, isOpen, observed, usual, volume } = incident;
  return {
    incident: kind,
    where: placeText(incident),
    from: instant(fromMs),
    to: isOpen ? 'goes on' : instant(toMs),
    raised: instant(raisedMs),
    seen: incidentFigure(incident, observed),
    usual: incidentFigure(incident, usual),
    volume: volume ?? null,
  };
}

function placeText({ scope }: FoundIncident): string {
  return scope.dimension === undefined ? 'everywhere' : `${scope.dimension} ${scope.value}`;
}

/** As Athena prints it: the page shows its time of day. */
function instant(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
