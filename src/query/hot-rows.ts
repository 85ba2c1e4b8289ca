import type { Effects } from '../base/effects.ts';
import type { CatalogTable } from '../catalog/catalog.ts';
import type { PartitionRange } from '../delivery/arrival-queue.ts';
import type { DeliverySubject } from '../delivery/bound-delivery.ts';
import { compilePrefix } from '../delivery/prefix-renderer.ts';
import { sideBySide } from '../delivery/side-by-side.ts';
import { endsEarly } from '../stream/ends-early.ts';
import type { Stream } from '../stream/stream.ts';
import { openHotSpool } from './hot-spool.ts';
import type { ReadFile } from './read-set.ts';

const fetchBytes = 2 * 1024 ** 2;
/** Ranges that are read at once: in a process that is busy with other work, each wait is long, and few add up. */
const rangesAtOnce = 8;

/** Records of the log as files that DuckDB reads like landed ones. */
export interface HotPiece {
  /** With the epochs in which they were read. */
  readonly ranges: readonly PartitionRange[];
  readonly files: readonly ReadFile[];
}

export interface HotSource {
  readonly subject: DeliverySubject;
  readonly table: CatalogTable;
  readonly stream: Stream;
  /** Where the files go. */
  readonly directory: string;
}

/**
 * Spools the records of ranges to files: one for each partition that the delivery would put them in. What the delivery
 * would send to the error prefix is left out. PH_POSITION_OUT_OF_RANGE where the log no longer holds the records,
 * PH_LOG_CORRUPT where it ends before a range does, PH_STORAGE_FULL where the disk has no room for the files.
 */
export async function spoolHotRows(
  { subject, table, stream, directory }: HotSource,
  ranges: readonly PartitionRange[],
  effects: Effects,
): Promise<HotPiece> {
  const prefix = compilePrefix(subject.definition.prefix, subject.definition.timezone);
  const spool = openHotSpool(table, prefix, directory, effects);
  const { topic } = subject.stream;
  const read = async ({ partition, from, until }: PartitionRange): Promise<PartitionRange> => {
    let epoch: number | undefined;
    for (let next = from; next < until; ) {
      const fetched = await stream.fetch(topic, partition, next, { maxBytes: fetchBytes, until });
      if (fetched.next === next) throw endsEarly(topic, partition, next, until);
      await spool.add(fetched.batches, until);
      next = fetched.next;
      epoch = fetched.epoch ?? epoch;
    }
    return { partition, from, until, epoch };
  };
  try {
    return { ranges: await sideBySide(ranges, rangesAtOnce, read), files: spool.files() };
  } catch (error) {
    await Promise.all(spool.files().map(({ path }) => effects.fs.rm(path, { force: true })));
    throw error;
  } finally {
    await spool.close();
  }
}
