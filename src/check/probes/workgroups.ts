import { isPlayheadError } from '../../base/errors.ts';
import { formatBytes } from '../../base/units.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import { addressed } from '../../pipeline/graph/address.ts';
import type { WorkgroupDefinition } from '../../query/definition.ts';
import { type Found, faulty, type Link, type Probe, well } from '../link.ts';

/** Can results be kept where workgroups say? It is tried with an object that is taken away again. */
export const probeWorkgroups: Probe = async (engine, pipeline) => {
  const links: Link[] = [];
  const { uint32 } = engine.effects.random;
  for (const { address, definition } of addressed([pipeline], 'workgroup')) {
    const name = `doctor-${uint32().toString(16)}${uint32().toString(16)}`;
    links.push({ kind: 'workgroup', address, ...(await look(await engine.lake(), definition, name)) });
  }
  return links;
};

async function look(lake: ObjectStore, workgroup: WorkgroupDefinition, name: string): Promise<Found> {
  const { results, scanLimitBytes } = workgroup;
  const bounded = scanLimitBytes === undefined ? '' : `; a query scans at most ${formatBytes(scanLimitBytes)}`;
  if (results === undefined) return well(`keeps no results${bounded}`);
  try {
    await tryWriting(lake, `${results}${name}`);
    return well(`results can be written to ${results}${bounded}`);
  } catch (error) {
    if (!isPlayheadError(error)) throw error;
    // Whoever reads a home that is mounted so keeps nothing there.
    if (error.code === 'PH_STORAGE_READ_ONLY') return well(`results are not kept: ${error.message}`);
    const remedy = error.hint ?? `let whoever asks write there: ${results}`;
    return faulty(`results can't be written to ${results}: ${error.message}`, remedy);
  }
}

/** Leaves nothing, no version of it either. */
async function tryWriting(lake: ObjectStore, key: string): Promise<void> {
  await lake.put(key, Buffer.from(key), { ifNoneMatch: '*' });
  await lake.delete(key);
  for await (const { key: of, versionId } of lake.versions?.list(key) ?? [])
    if (of === key) await lake.versions?.delete(key, versionId);
}
