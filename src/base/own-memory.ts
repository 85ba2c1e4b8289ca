/**
 * What bytes lie in where nothing else does; undefined of small ones, which share Node's pool with whatever is small. `transfer(0)`
 * gives it back to the system at once, in place of at a later collection: a megabyte that waits for it makes the process larger, and
 * brings the next collection of the whole heap on. The bytes are then gone: nobody may read them any more, on no thread.
 */
export function ownMemory({ buffer }: Uint8Array): ArrayBuffer | undefined {
  return buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize ? buffer : undefined;
}
