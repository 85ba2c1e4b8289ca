import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { CatalogTable } from '../catalog/catalog.ts';
import type { DeliverySubject } from '../delivery/bound-delivery.ts';
import { compilePrefix } from '../delivery/prefix-renderer.ts';
import { sideBySide } from '../delivery/side-by-side.ts';
import type { PartitionState, Stream } from '../stream/stream.ts';
import type { EndPositions } from './hot-positions.ts';
import { openHotSpool } from './hot-spool.ts';
import type { ReadFile } from './read-set.ts';

const fetchBytes = 2 * 1024 ** 2;
/** Partitions that are read at once: in a process that is busy with other work, each wait is long, and few add up. */
const partitionsAtOnce = 8;

/** Where a topic ended when the query began. */
export async function highWaterMarks(stream: Stream, topic: string): Promise<readonly PartitionState[]> {
  return (await stream.describe(topic))?.state ?? [];
}

/**
 * Spools the records between a snapshot's positions and the high-water marks to files that DuckDB reads like landed
 * ones: a file for each partition that the delivery would put them in. What the delivery would send to the error prefix
 * is left out. PH_POSITION_OUT_OF_RANGE where the log no longer holds the records after the snapshot, PH_LOG_CORRUPT
 * where it ends before a high-water mark, PH_STORAGE_FULL where the disk has no room for the files.
 */
export async function spoolHotRows(
  subject: DeliverySubject,
  table: CatalogTable,
  marks: readonly PartitionState[],
  from: EndPositions,
  stream: Stream,
  directory: string,
  effects: Effects,
): Promise<readonly ReadFile[]> {
  const { definition } = subject;
  if (definition.partitionKeys !== undefined)
    throw new PlayheadError(
      'PH_SQL_UNSUPPORTED',
      `--fresh: the partitions of ${subject.address} are made from its records`,
      {
        hint: 'Query without --fresh: rows appear with the next delivery.',
      },
    );
  const prefix = compilePrefix(definition.prefix, definition.timezone);
  const spool = openHotSpool(table, prefix, directory, effects);
  const { topic } = subject.stream;
  const read = async ({ partition, start, end }: PartitionState): Promise<void> => {
    let next = from.get(partition) ?? start;
    while (next < end) {
      const fetched = await stream.fetch(topic, partition, next, { maxBytes: fetchBytes, until: end });
      if (fetched.next === next)
        throw new PlayheadError(
          'PH_LOG_CORRUPT',
          `partition ${partition} of ${topic} ends at ${next}, below its high-water mark ${end}`,
          { hint: 'playhead doctor says what is wrong with the log.' },
        );
      await spool.add(fetched.batches, end);
      next = fetched.next;
    }
  };
  try {
    await sideBySide(marks, partitionsAtOnce, read);
  } catch (error) {
    await Promise.all(spool.files().map(({ path }) => effects.fs.rm(path, { force: true })));
    throw error;
  } finally {
    await spool.close();
  }
  return spool.files();
}
