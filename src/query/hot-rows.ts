import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { CatalogTable } from '../catalog/catalog.ts';
import type { DeliverySubject } from '../delivery/delivery.ts';
import { compilePrefix, type PrefixRenderer } from '../delivery/prefix-renderer.ts';
import { spoolError } from '../duck/spool.ts';
import { parsePartitionPath } from '../lake/hive-layout.ts';
import { bitAt, positionAt, type RecordBatch, valueAt, valueStart } from '../record/batch.ts';
import { objectScanner } from '../record/object-scan.ts';
import type { PartitionState, Stream } from '../stream/stream.ts';
import type { EndPositions } from './hot-positions.ts';
import type { ReadFile } from './read-set.ts';

const fetchBytes = 4 * 1024 ** 2;
const newline = Uint8Array.of(10);

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
  const spool = openSpool(table, prefix, directory, effects);
  try {
    for (const { partition, start, end } of marks) {
      let next = from.get(partition) ?? start;
      while (next < end) {
        const batches = await stream.fetch(subject.stream.topic, partition, next, { maxBytes: fetchBytes, until: end });
        if (batches.length === 0)
          throw new PlayheadError(
            'PH_LOG_CORRUPT',
            `partition ${partition} of ${subject.stream.topic} ends at ${next}, below its high-water mark ${end}`,
            { hint: 'playhead doctor says what is wrong with the log.' },
          );
        for (const batch of batches) next = await spool.add(batch, end);
      }
    }
  } catch (error) {
    await Promise.all(spool.files().map(({ path }) => effects.fs.rm(path, { force: true })));
    throw error;
  } finally {
    await spool.close();
  }
  return spool.files();
}

interface Spool {
  /** Takes the batch's records below `end`; returns the position after the last one taken. */
  add(batch: RecordBatch, end: bigint): Promise<bigint>;
  files(): readonly ReadFile[];
  close(): Promise<void>;
}

interface SpoolFile {
  readonly path: string;
  readonly partition: readonly string[];
  readonly handle: Awaited<ReturnType<Effects['fs']['open']>>;
  sizeBytes: number;
}

function openSpool(table: CatalogTable, prefix: PrefixRenderer, directory: string, effects: Effects): Spool {
  const files = new Map<string, SpoolFile>();
  const scan = objectScanner();
  const fileOf = async (folder: string): Promise<SpoolFile> => {
    const known = files.get(folder);
    if (known !== undefined) return known;
    const values = parsePartitionPath(folder.slice(table.location.length));
    const partition = table.partitionKeys.map(
      (key) => values.find(({ name }) => name.toLowerCase() === key.name.toLowerCase())?.value ?? '',
    );
    const path = join(directory, `hot-${files.size}-${effects.random.uint32()}.ndjson`);
    const file = { path, partition, handle: await effects.fs.open(path, 'wx', 0o600), sizeBytes: 0 };
    files.set(folder, file);
    return file;
  };
  const write = async (arrivalMs: number, parts: readonly Uint8Array[]): Promise<void> => {
    if (parts.length === 0) return;
    const file = await fileOf(prefix.render({ arrivalMs, randomString: '' }));
    const [only] = parts;
    const bytes = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
    try {
      await writeAll(file.handle, bytes);
    } catch (cause) {
      throw spoolError(directory, cause);
    }
    file.sizeBytes += bytes.length;
  };
  return {
    add: async (batch, end) => {
      let count = batch.count;
      while (count > 0 && positionAt(batch, count - 1) >= end) count -= 1;
      let first = 0;
      while (first < count) {
        const arrivalMs = batch.arrivalMs[first] ?? 0;
        const changesMs = prefix.timeEnd(arrivalMs, arrivalMs + 3_600_000);
        let until = first + 1;
        // Records of one folder go together; times may jump back, so both ends are looked at.
        while (until < count && isBetween(batch.arrivalMs[until] ?? 0, arrivalMs, changesMs)) until += 1;
        await write(arrivalMs, linesOf(batch, first, until, scan));
        first = until;
      }
      return positionAt(batch, batch.count - 1) + 1n;
    },
    files: () =>
      [...files.values()].map(({ path, partition, sizeBytes }) => ({ path, partition, sizeBytes, hot: true })),
    close: async () => {
      for (const { handle } of files.values()) await handle.close();
    },
  };
}

/** A write may be cut short, as on a disk that is nearly full: what goes on says what is wrong. */
async function writeAll(handle: SpoolFile['handle'], bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; )
    written += (await handle.write(bytes, written, bytes.length - written)).bytesWritten;
}

const isBetween = (value: number, from: number, until: number): boolean => value >= from && value < until;

/** The bytes of the records as lines; whole where the batch is known to be good lines. */
function linesOf(
  batch: RecordBatch,
  from: number,
  until: number,
  scan: ReturnType<typeof objectScanner>,
): Uint8Array[] {
  const clean = batch.checkedObjects && batch.nulls === undefined && batch.invalidUtf8 === undefined;
  if (clean && batch.lineFramed)
    return [batch.values.subarray(valueStart(batch, from), batch.valueEnds[until - 1] ?? valueStart(batch, from))];
  const lines: Uint8Array[] = [];
  for (let i = from; i < until; i += 1) {
    if (bitAt(batch.nulls, i) || bitAt(batch.invalidUtf8, i)) continue;
    const value = valueAt(batch, i);
    if (!batch.checkedObjects && scan(value, 0, value.length) !== undefined) continue;
    // A line break inside a record is space between its tokens: a line must hold one record.
    lines.push(batch.lineFramed ? value : oneLine(value));
    if (!batch.lineFramed) lines.push(newline);
  }
  return lines;
}

function oneLine(value: Uint8Array): Uint8Array {
  if (!value.includes(10)) return value;
  return value.map((byte) => (byte === 10 || byte === 13 ? 32 : byte));
}
