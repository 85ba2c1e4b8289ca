import { counted } from '../../base/units.ts';
import { registeredRows } from '../../pipeline/engine/registered-objects.ts';
import { addressed, resolveAddress } from '../../pipeline/graph/address.ts';
import { tableName } from '../../pipeline/graph/table-names.ts';
import { faulty, type Link, type Probe, well } from '../link.ts';
import { ranText, tellingRun } from './telling-run.ts';

/** Reference tables: without them, a simulator has nobody to simulate. */
export const probeReference: Probe = async (engine, pipeline) => {
  const links: Link[] = [];
  for (const { address, definition } of addressed([pipeline], 'source')) {
    if (definition.source !== 'seed-table') continue;
    const table = resolveAddress(engine.pipelines, definition.into, ['table'], pipeline.name);
    const telling = await tellingRun(engine, address);
    const rows = await registeredRows(engine, table);
    const link = { kind: 'reference', address } as const;
    if (rows > 0) links.push({ ...link, ...well(`${counted(rows, 'row')} in ${tableName(table)}`) });
    else if (telling.isAtWork) links.push({ ...link, ...well(ranText(telling, engine.effects.clock.now()) ?? '') });
    else
      links.push({ ...link, ...(telling.fault ?? faulty(`${tableName(table)} is empty`, `playhead run ${address}`)) });
  }
  return links;
};
