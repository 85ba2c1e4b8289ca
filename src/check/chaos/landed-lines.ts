import { gunzipSync } from 'node:zlib';
import { deliverySeriesNames } from '../../delivery/contributors.ts';
import { openDeliverySeries } from '../../delivery/lanes.ts';
import { type CommittedObject, objectsIn } from '../../delivery/plan.ts';
import { type ObjectStore, readAll } from '../../lake/object-store.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import type { Addressed } from '../../pipeline/graph/address.ts';

/**
 * The lines that a delivery put into the lake, under its prefix or under its error prefix, one character a byte, sorted;
 * undefined where its objects are not lines of JSON, plain or packed with gzip.
 */
export async function landedLines(
  engine: Engine,
  { address, definition }: Addressed<'delivery'>,
): Promise<readonly string[] | undefined> {
  const { output, newline } = definition;
  if (!newline || output.format !== 'json' || !['gzip', 'none'].includes(output.compression)) return undefined;
  const lake = await engine.lake();
  const lines: string[] = [];
  for (const series of await deliverySeriesNames(lake, address))
    for await (const { commit } of openDeliverySeries(lake, series, engine.effects).commits(0))
      for (const object of objectsIn(commit)) lines.push(...(await linesOf(lake, object)));
  return lines.sort();
}

async function linesOf(lake: ObjectStore, { key, kind }: CommittedObject): Promise<readonly string[]> {
  if (kind === 'backup') return [];
  const { bytes } = await readAll(lake, key);
  const isPacked = kind === 'data' && bytes[0] === 0x1f && bytes[1] === 0x8b;
  const lines = Buffer.from(isPacked ? gunzipSync(bytes) : bytes)
    .toString('latin1')
    .split('\n')
    .slice(0, -1);
  if (kind === 'data') return lines;
  // Our own error records: the bytes of a record that is none, as they came.
  return lines.map((line) =>
    Buffer.from((JSON.parse(line) as { rawData: string }).rawData, 'base64').toString('latin1'),
  );
}
