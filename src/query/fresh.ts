import type { Effects } from '../base/effects.ts';
import type { CatalogTable } from '../catalog/catalog.ts';
import type { DeliverySubject } from '../delivery/delivery.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { Stream } from '../stream/stream.ts';
import { snapshot } from '../table/snapshot.ts';
import { deliverySeries, endPositions } from './hot-positions.ts';
import { highWaterMarks, spoolHotRows } from './hot-rows.ts';
import type { HotPart, ReadPorts } from './read-tables.ts';

/**
 * A landing table hot and cold in one snapshot. The high-water marks are read first, so that all that was appended
 * before the query is in it; then the commits that the catalog knows, with their objects; then the log from where
 * those commits end. A delivery that commits meanwhile moves nothing: its rows are in the log part, and only there.
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
  const series = await deliverySeries(lake, subject.address, effects);
  const { objects, commits } = await snapshot(catalog, table.database, table.name, { series });
  const from = await endPositions(lake, series, commits, effects);
  await effects.reached('query.snapshot');
  const files = await spoolHotRows(subject, table, marks, from, stream, directory, effects);
  return { objects, files };
}
