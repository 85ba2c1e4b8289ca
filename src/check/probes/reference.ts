import { counted } from '../../base/units.ts';
import { addressed, resolveAddress } from '../../pipeline/address.ts';
import { registeredRows, tableName } from '../../pipeline/table-facts.ts';
import type { Link, Probe } from '../link.ts';

/** Reference tables: without them, a simulator has nobody to simulate. */
export const probeReference: Probe = async (engine, pipeline) => {
  const links: Link[] = [];
  for (const { address, definition } of addressed([pipeline], 'source')) {
    if (definition.source !== 'seed-table') continue;
    const table = resolveAddress(engine.pipelines, definition.into, ['table'], pipeline.name);
    const rows = await registeredRows(engine, table);
    const link = { kind: 'reference', address } as const;
    if (rows > 0) links.push({ ...link, ok: true, finding: `${counted(rows, 'row')} in ${tableName(table)}` });
    else links.push({ ...link, ok: false, finding: `${tableName(table)} is empty`, remedy: `playhead run ${address}` });
  }
  return links;
};
