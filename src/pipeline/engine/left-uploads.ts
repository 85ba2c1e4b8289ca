import { hours } from '../../base/units.ts';
import { parseObjectName } from '../../delivery/object-name.ts';
import { addressed } from '../graph/address.ts';
import type { Engine } from './bind.ts';

/** No upload takes longer: the largest object that a store takes in parts of 8 MiB has 80 GB, and 1 MB/s is slow. */
const leftAfterMs = hours(24);

/**
 * Ends uploads that killed processes left, whose parts nobody sees and somebody pays for: a bucket without a lifecycle rule
 * keeps them for good. Ours are those of Playhead's own folder, of tables' locations and under deliveries' object names; others' stay.
 * Returns the keys that they were to have.
 */
export async function endLeftUploads(engine: Engine): Promise<readonly string[]> {
  const { pipelines, effects } = engine;
  const lake = await engine.lake();
  const folders = ['_playhead/', ...addressed(pipelines, 'table').map(({ definition }) => definition.location)];
  const deliveries = addressed(pipelines, 'delivery').map(({ address }) => address);
  const isOurs = (key: string): boolean => {
    const name = key.slice(key.lastIndexOf('/') + 1);
    return (
      folders.some((folder) => key.startsWith(folder)) ||
      deliveries.some((address) => parseObjectName(name, address) !== undefined)
    );
  };
  const ended: string[] = [];
  for await (const { key, startedMs, end } of lake.uploads?.('') ?? []) {
    if (!isOurs(key) || effects.clock.now() - startedMs < leftAfterMs) continue;
    await end();
    ended.push(key);
  }
  return ended;
}
