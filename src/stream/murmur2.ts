/**
 * MurmurHash2 (Austin Appleby, public domain) with Kafka's seed, over `bytes[start..end]`; a signed 32-bit number as
 * in Kafka's `Utils.murmur2`, so that a key lands in the partition where every Kafka client puts it.
 */
export function murmur2(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const length = end - start;
  let h = 0x9747b28c ^ length;
  let at = start;
  for (let words = length >>> 2; words > 0; words -= 1, at += 4) {
    let k =
      (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    k = Math.imul(k, multiplier);
    k ^= k >>> 24;
    h = Math.imul(h, multiplier) ^ Math.imul(k, multiplier);
  }
  const rest = length & 3;
  if (rest === 3) h ^= (bytes[at + 2] ?? 0) << 16;
  if (rest >= 2) h ^= (bytes[at + 1] ?? 0) << 8;
  if (rest >= 1) h = Math.imul(h ^ (bytes[at] ?? 0), multiplier);
  h ^= h >>> 13;
  h = Math.imul(h, multiplier);
  return h ^ (h >>> 15);
}

const multiplier = 0x5bd1e995;
