import { hash2, mix32 } from './session-random.ts';

/**
 * Identifiers that look random and never repeat: a keyed permutation of a sequence (a Feistel network is one whatever
 * its round function is: each round can be undone). Random draws of 32 bits would collide hundreds of times a day.
 */
export interface IdPermutation {
  /** 64 bits, as two words; the result is in `high` and `low` until the next call. */
  permute64(high: number, low: number): void;
  readonly high: number;
  readonly low: number;
  /** 32 bits; unsigned. */
  permute32(value: number): number;
}

export function idPermutation(seed: number, purpose: number): IdPermutation {
  const keys = Int32Array.from({ length: 6 }, (_, round) => hash2(hash2(seed, purpose), round));
  return new Feistel(keys);
}

class Feistel implements IdPermutation {
  readonly #keys: Int32Array;
  high = 0;
  low = 0;

  constructor(keys: Int32Array) {
    this.#keys = keys;
  }

  permute64(high: number, low: number): void {
    let left = high | 0;
    let right = low | 0;
    for (let round = 0; round < 6; round += 1) {
      const next = left ^ mix32(right + (this.#keys[round] ?? 0));
      left = right;
      right = next;
    }
    this.high = left >>> 0;
    this.low = right >>> 0;
  }

  permute32(value: number): number {
    let left = value >>> 16;
    let right = value & 0xffff;
    for (let round = 0; round < 6; round += 1) {
      const next = left ^ (mix32(right + (this.#keys[round] ?? 0)) & 0xffff);
      left = right;
      right = next;
    }
    return ((left << 16) | right) >>> 0;
  }
}
