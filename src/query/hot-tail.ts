import type { Effects } from '../base/effects.ts';
import { mebibytes } from '../base/units.ts';
import type { PartitionRange } from '../delivery/arrival-queue.ts';
import { cutSince } from '../delivery/log-cut.ts';
import type { TopicState } from '../stream/stream.ts';
import type { EndPositions } from './hot-positions.ts';
import { rangesWithout } from './hot-ranges.ts';
import { type HotPiece, type HotSource, spoolHotRows } from './hot-rows.ts';
import type { ReadFile } from './read-set.ts';

export interface HotTailBounds {
  /** On disk, of one table's log. What is beyond is read anew by each query. */
  readonly keptBytes: number;
  /** DuckDB opens every file of every piece: when there are so many, the smaller half is read again, as one. */
  readonly pieces: number;
}

const usualBounds: HotTailBounds = { keptBytes: mebibytes(512), pieces: 96 };

/**
 * What the fresh queries of a process read of one table's log, kept as files for the next ones, so that each record is
 * fetched and unpacked once. All of it goes when the log may hold something else at its positions: where it is another
 * log, was cut, or records were erased from it.
 */
export interface HotTail {
  /** Whether this is still the log that was read; nothing is kept where it isn't. `topic` is described before it is read. */
  isOf(source: HotSource, topic: TopicState): Promise<boolean>;
  /** More was read for the last query than is kept. */
  readonly isFull: boolean;
  /**
   * The records from `from` to the ends of `topic`. What is kept from before `from` goes. The files stay until `held` is
   * disposed of. Throws what `spoolHotRows` does.
   */
  files(
    source: HotSource,
    topic: TopicState,
    from: EndPositions,
    held: AsyncDisposableStack,
  ): Promise<readonly ReadFile[]>;
  /** Removes what is kept, once no query holds it. */
  close(): Promise<void>;
}

interface KeptPiece extends HotPiece {
  readonly sizeBytes: number;
  /** Queries that read it, and the tail itself while it keeps it. */
  holders: number;
}

export function openHotTail(effects: Effects, bounds = usualBounds): HotTail {
  let pieces: readonly KeptPiece[] = [];
  let basis = '';
  let isFull = false;
  const release = async (piece: KeptPiece): Promise<void> => {
    piece.holders -= 1;
    if (piece.holders === 0) await Promise.all(piece.files.map(({ path }) => effects.fs.rm(path, { force: true })));
  };
  const keepOnly = async (isKept: (piece: KeptPiece) => boolean): Promise<void> => {
    const [kept, gone] = [pieces.filter(isKept), pieces.filter((piece) => !isKept(piece))];
    pieces = kept;
    await Promise.all(gone.map(release));
  };
  const read = async (source: HotSource, ranges: readonly PartitionRange[]): Promise<void> => {
    if (ranges.length === 0) return;
    const piece = await spoolHotRows(source, ranges, effects);
    const sizeBytes = piece.files.reduce((sum, file) => sum + file.sizeBytes, 0);
    pieces = [...pieces, { ...piece, sizeBytes, holders: 1 }];
  };
  return {
    get isFull() {
      return isFull;
    },
    isOf: async (source, topic) => {
      const now = basisOf(source, topic);
      const isSame = now === basis && (await isUncut(source, pieces));
      if (!isSame) await keepOnly(() => false);
      basis = now;
      return isSame;
    },
    files: async (source, topic, from, held) => {
      const wanted = wantedRanges(topic, from);
      await keepOnly((piece) => isWithin(piece, wanted));
      if (pieces.length >= bounds.pieces) {
        const larger = pieces.toSorted((a, b) => b.sizeBytes - a.sizeBytes).slice(0, bounds.pieces / 2);
        await keepOnly((piece) => larger.includes(piece));
      }
      const known = pieces.flatMap(({ ranges }) => ranges);
      await read(source, rangesWithout(wanted, known));
      for (const piece of pieces) {
        piece.holders += 1;
        held.defer(() => release(piece));
      }
      const found = pieces.flatMap((piece) => piece.files);
      let readBytes = 0;
      await keepOnly(({ sizeBytes }) => {
        readBytes += sizeBytes;
        return readBytes <= bounds.keptBytes;
      });
      isFull = readBytes > bounds.keptBytes;
      return found;
    },
    close: () => keepOnly(() => false),
  };
}

/** What the files of a piece are made of, besides its ranges. */
function basisOf({ table }: HotSource, { id, erasures }: TopicState): string {
  return JSON.stringify([id, erasures, table.location, table.partitionKeys]);
}

function wantedRanges({ state }: TopicState, from: EndPositions): readonly PartitionRange[] {
  return state
    .map(({ partition, start, end }) => ({ partition, from: from.get(partition) ?? start, until: end }))
    .filter((range) => range.from < range.until);
}

function isWithin({ ranges }: HotPiece, wanted: readonly PartitionRange[]): boolean {
  return ranges.every(({ partition, from, until }) =>
    wanted.some((range) => range.partition === partition && range.from <= from && until <= range.until),
  );
}

/** Whether the log still holds what it held when the pieces were read. */
async function isUncut({ subject, stream }: HotSource, pieces: readonly HotPiece[]): Promise<boolean> {
  const positions: Record<string, string> = {};
  const epochs: Record<string, number> = {};
  const ranges = pieces.flatMap((piece) => piece.ranges).toSorted((a, b) => (a.until < b.until ? -1 : 1));
  for (const { partition, until, epoch } of ranges) {
    positions[partition] = String(until);
    if (epoch !== undefined) epochs[partition] = epoch;
  }
  return (await cutSince(stream, subject.stream.topic, { positions, epochs })).length === 0;
}
