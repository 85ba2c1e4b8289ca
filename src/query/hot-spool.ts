import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { writeParts } from '../base/write-parts.ts';
import type { CatalogTable } from '../catalog/catalog.ts';
import type { PrefixRenderer } from '../delivery/prefix-renderer.ts';
import { spoolError } from '../duck/spool.ts';
import { parsePartitionPath } from '../lake/hive-layout.ts';
import { bitAt, positionAt, type RecordBatch, valueAt, valueStart } from '../record/batch.ts';
import { objectScanner } from '../record/object-scan.ts';
import type { ReadFile } from './read-set.ts';

const newline = Uint8Array.of(10);

/** Files of a query's own, one for each folder that the delivery would put the records in. Many calls may run at once. */
export interface HotSpool {
  /** Takes the batches' records below `end`; returns the position after the last one taken. PH_STORAGE_FULL. */
  add(batches: readonly RecordBatch[], end: bigint): Promise<void>;
  files(): readonly ReadFile[];
  close(): Promise<void>;
}

type FileHandle = Awaited<ReturnType<Effects['fs']['open']>>;

interface SpoolFile {
  readonly path: string;
  readonly partition: readonly string[];
  readonly handle: Promise<FileHandle>;
  /** Room that was given out: each write has a place of its own, so that writes need not wait for each other. */
  sizeBytes: number;
}

export function openHotSpool(
  table: CatalogTable,
  prefix: PrefixRenderer,
  directory: string,
  effects: Effects,
): HotSpool {
  const files = new Map<string, SpoolFile>();
  const scan = objectScanner();
  const fileOf = (folder: string): SpoolFile => {
    const known = files.get(folder);
    if (known !== undefined) return known;
    const values = parsePartitionPath(folder.slice(table.location.length));
    const partition = table.partitionKeys.map(
      (key) => values.find(({ name }) => name.toLowerCase() === key.name.toLowerCase())?.value ?? '',
    );
    const path = join(directory, `hot-${files.size}-${effects.random.uint32()}.ndjson`);
    const file = { path, partition, handle: effects.fs.open(path, 'wx', 0o600), sizeBytes: 0 };
    files.set(folder, file);
    return file;
  };
  const write = async (folder: string, parts: readonly Uint8Array[]): Promise<void> => {
    const file = fileOf(folder);
    const at = file.sizeBytes;
    file.sizeBytes += parts.reduce((sum, { length }) => sum + length, 0);
    try {
      await writeParts(await file.handle, parts, at);
    } catch (cause) {
      throw spoolError(directory, cause);
    }
  };
  return {
    add: async (batches, end) => {
      const byFolder = new Map<string, Uint8Array[]>();
      for (const batch of batches)
        for (const { folder, lines } of inFolders(batch, end, prefix, scan)) {
          const parts = byFolder.get(folder) ?? [];
          byFolder.set(folder, parts);
          for (const line of lines) parts.push(line);
        }
      // One write a folder: each is a trip through the event loop, and others may be ahead in it.
      for (const [folder, parts] of byFolder) if (parts.length > 0) await write(folder, parts);
    },
    files: () =>
      [...files.values()].map(({ path, partition, sizeBytes }) => ({ path, partition, sizeBytes, hot: true })),
    close: async () => {
      // What could not be opened was told to the one who wrote.
      for (const { handle } of files.values()) await (await handle.catch(() => undefined))?.close();
    },
  };
}

/** The batch's records below `end`, as lines by the folder that they belong in. */
function* inFolders(
  batch: RecordBatch,
  end: bigint,
  prefix: PrefixRenderer,
  scan: ReturnType<typeof objectScanner>,
): Generator<{ readonly folder: string; readonly lines: readonly Uint8Array[] }> {
  let count = batch.count;
  while (count > 0 && positionAt(batch, count - 1) >= end) count -= 1;
  for (let first = 0; first < count; ) {
    const arrivalMs = batch.arrivalMs[first] ?? 0;
    const changesMs = prefix.timeEnd(arrivalMs, arrivalMs + 3_600_000);
    let until = first + 1;
    // Records of one folder go together; times may jump back, so both ends are looked at.
    while (until < count && isBetween(batch.arrivalMs[until] ?? 0, arrivalMs, changesMs)) until += 1;
    yield { folder: prefix.render({ arrivalMs, randomString: '' }), lines: linesOf(batch, first, until, scan) };
    first = until;
  }
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
