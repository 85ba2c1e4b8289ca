import { isDeepStrictEqual } from 'node:util';
import type { Effects } from '../base/effects.ts';
import type { CatalogTable } from '../catalog/catalog.ts';
import type { DeliverySubject } from '../delivery/bound-delivery.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { Stream } from '../stream/stream.ts';
import { snapshot, type TableSnapshot } from '../table/snapshot.ts';
import { deliverySeries, endPositions } from './hot-positions.ts';
import { highWaterMarks, spoolHotRows } from './hot-rows.ts';
import type { HotPart, ReadPorts } from './read-tables.ts';

/**
 * A landing table hot and cold in one snapshot. The high-water marks are read first, so that all that was appended
 * before the query is in it; then the commits that the catalog knows, with their objects; then the log from where
 * those commits end. A delivery that commits meanwhile moves nothing: its rows are in the log part, and only there.
 * One that begins series meanwhile (other lanes, a new epoch) has the snapshot taken again: what they delivered would
 * be in the objects, and in the log part too.
 */
export async function freshPart(
  subject: DeliverySubject,
  table: CatalogTable,
  stream: Stream,
  ports: Pick<ReadPorts, 'catalog'> & { readonly lake: ObjectStore; readonly directory: string },
  effects: Effects,
): Promise<HotPart> {
  const { catalog, lake, directory } = ports;
  const marks = await highWaterMarks(stream, subject.stream.topic);
  let series = await deliverySeries(lake, subject.address, effects);
  let taken: TableSnapshot;
  for (;;) {
    await effects.reached('query.series');
    taken = await snapshot(catalog, table.database, table.name, { series });
    const now = await deliverySeries(lake, subject.address, effects);
    if (isDeepStrictEqual(now, series)) break;
    series = now;
  }
  const { objects, commits } = taken;
  const from = await endPositions(lake, series, commits, effects);
  await effects.reached('query.snapshot');
  const files = await spoolHotRows(subject, table, marks, from, stream, directory, effects);
  return { objects, files };
}
