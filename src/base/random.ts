import { randomBytes } from 'node:crypto';

/** A stream of random numbers. Seeded ones are part of the data contract: same seed, same numbers, on every machine. */
export interface Random {
  /** A whole number in [0, 2^32). */
  uint32(): number;
  /** A number in [0, 1) with 32 random bits. */
  float(): number;
}

/**
 * sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, passes BigCrush, four additions a number.
 * Seeded by splitmix32 so that near seeds give unrelated streams.
 */
export function seededRandom(seed: number, stream = 0): Random {
  const mix = splitmix32((seed ^ Math.imul(stream, 0x9e3779b1)) >>> 0);
  let a = mix();
  let b = mix();
  let c = mix();
  let counter = stream | 1;
  const uint32 = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i += 1) uint32();
  return { uint32, float: () => uint32() / 4294967296 };
}

function splitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return z ^ (z >>> 15);
  };
}

/** Unpredictable numbers from the operating system, for names that must not collide between processes. */
export function systemRandom(): Random {
  const uint32 = (): number => randomBytes(4).readUInt32LE(0);
  return { uint32, float: () => uint32() / 4294967296 };
}

/** Bytes for keys and nonces: always the system's, since a key that a seed gives is no key. */
export function secretBytes(count: number): Uint8Array {
  return randomBytes(count);
}

/** A random UUID, version 4 (RFC 9562). */
export function uuid(random: Random): string {
  const digits = [0, 1, 2, 3].map(() => random.uint32().toString(16).padStart(8, '0')).join('');
  const variant = '89ab'[Number.parseInt(digits[16] ?? '0', 16) % 4];
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join('-');
}
