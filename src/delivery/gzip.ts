import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, type ZlibOptions } from 'node:zlib';
import { ownMemory } from '../base/own-memory.ts';
import { PackingRoom } from './packing-room.ts';
import { sideBySide } from './side-by-side.ts';

/** Packed by itself: some 5 ms of a core. Smaller pieces would pay more for tables of their own. */
const pieceBytes = 512 * 1024;
/** How far back deflate looks. */
const windowBytes = 32 * 1024;
/** Most telemetry fits one: each is a trip through the event loop. */
const chunkSize = 88 * 1024;
/** All memory that zlib takes for its tables: the same size as at its default, in a tenth less time. */
const memLevel = 9;

const piecesAtOnce = availableParallelism() + 1;
const rooms = new PackingRoom(windowBytes + pieceBytes);
const deflateOnThread = promisify<Uint8Array, ZlibOptions, Buffer>(deflateRaw);

/** No name, no time, made on Unix: the same records then make the same bytes. */
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
/** A last block that holds nothing: all that pieces end in are blocks that others follow. */
const lastBlock = Buffer.from([3, 0]);

/**
 * One gzip stream (RFC 1952) of parts one after the other, in pieces that are packed side by side, as `pigz` does: each piece is
 * told what comes before it, so that all together are as small as packed in one go. The pieces don't depend on how the bytes
 * are divided into parts.
 */
export async function packGzip(parts: readonly Uint8Array[], level: number): Promise<Buffer> {
  let [checksum, sizeBytes] = [0, 0];
  const packed = await sideBySide(piecesOf(parts), piecesAtOnce, async ({ before, own }) => {
    const joined = rooms.joined([...before, ...own]);
    const piece = joined.subarray(sizeOf(before));
    // Pieces begin in their order, up to here.
    checksum = crc32(piece, checksum);
    sizeBytes += piece.length;
    const deflated = await deflatePiece(piece, joined.subarray(0, sizeOf(before)), level);
    rooms.giveBack(joined);
    return deflated;
  });
  const body = Buffer.concat([header, ...packed, lastBlock, trailerOf(checksum, sizeBytes)]);
  for (const piece of packed) ownMemory(piece)?.transfer(0);
  return body;
}

/** The same bytes of parts that come one by one, a piece in memory at a time. */
export async function* gzipOf(parts: AsyncIterable<Uint8Array>, level: number): AsyncGenerator<Uint8Array> {
  let [checksum, sizeBytes, before] = [0, 0, Buffer.alloc(0)];
  const pack = (piece: Buffer): Promise<Buffer> => {
    checksum = crc32(piece, checksum);
    sizeBytes += piece.length;
    const deflated = deflatePiece(piece, before, level);
    before = Buffer.from(piece.subarray(-windowBytes));
    return deflated;
  };
  yield header;
  let some: Uint8Array[] = [];
  let someBytes = 0;
  for await (const part of parts) {
    some.push(part);
    someBytes += part.length;
    if (someBytes < pieceBytes) continue;
    let held = Buffer.concat(some);
    for (; held.length >= pieceBytes; held = held.subarray(pieceBytes)) yield await pack(held.subarray(0, pieceBytes));
    [some, someBytes] = [[held], held.length];
  }
  const last = Buffer.concat(some);
  if (last.length > 0) yield await pack(last);
  yield Buffer.concat([lastBlock, trailerOf(checksum, sizeBytes)]);
}

/** Of a stream that goes on behind it; `before` is what deflate looks back at, empty at its start. */
function deflatePiece(piece: Uint8Array, before: Uint8Array, level: number): Promise<Buffer> {
  const dictionary = before.length === 0 ? {} : { dictionary: before };
  return deflateOnThread(piece, { level, memLevel, finishFlush: constants.Z_SYNC_FLUSH, chunkSize, ...dictionary });
}

interface Piece {
  /** What deflate would look back at. */
  readonly before: readonly Uint8Array[];
  readonly own: readonly Uint8Array[];
}

/** Pieces of one size, but for the last, as views of the parts. */
function piecesOf(parts: readonly Uint8Array[]): Piece[] {
  const pieces: Piece[] = [];
  let own: Uint8Array[] = [];
  let left = pieceBytes;
  const end = (): void => {
    pieces.push({ before: lastOf(pieces.at(-1)?.own ?? []), own });
    own = [];
    left = pieceBytes;
  };
  for (const part of parts) {
    for (let at = 0; at < part.length; ) {
      const taken = part.subarray(at, at + left);
      own.push(taken);
      at += taken.length;
      left -= taken.length;
      if (left === 0) end();
    }
  }
  if (own.length > 0) end();
  return pieces;
}

/** The last bytes of some parts, as many as deflate looks back at. */
function lastOf(parts: readonly Uint8Array[]): Uint8Array[] {
  const last: Uint8Array[] = [];
  let wanted = windowBytes;
  for (const part of parts.toReversed()) {
    if (wanted === 0) break;
    const taken = part.subarray(-wanted);
    last.unshift(taken);
    wanted -= taken.length;
  }
  return last;
}

function trailerOf(checksum: number, sizeBytes: number): Buffer {
  const trailer = Buffer.allocUnsafe(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(sizeBytes % 2 ** 32, 4);
  return trailer;
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
