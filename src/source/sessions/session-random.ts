/**
 * Counter-based random numbers: a stream is a pure function of its four seed words, so that any session can be drawn
 * anew at any time, in any process. sfc32 (Chris Doty-Humphrey, PractRand) seeded by MurmurHash3 finalisers.
 *
 * One instance is seeded again for each stream: a session costs no allocation.
 */
export class SessionRandom {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  seed(w0: number, w1: number, w2: number, w3: number): this {
    this.#a = hash2(w0, w1);
    this.#b = hash2(w2, this.#a ^ 0x85ebca6b);
    this.#c = hash2(w3, this.#b ^ 0xc2b2ae35);
    this.#counter = 1;
    for (let i = 0; i < 4; i += 1) this.uint32();
    return this;
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** In [0, 1). */
  float(): number {
    return this.uint32() / 4294967296;
  }

  chance(probability: number): boolean {
    return this.uint32() < probability * 4294967296;
  }

  /** Mean 1. */
  exponential(): number {
    return -Math.log(1 - this.float());
  }

  /** Box-Muller; the second value of the pair is dropped, so that draws stay a fixed count. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.float())) * Math.cos(2 * Math.PI * this.float());
  }

  lognormal(median: number, sigma: number): number {
    return median * Math.exp(sigma * this.normal());
  }

  /** By inversion; `mean` up to some dozens. */
  poisson(mean: number, max: number): number {
    const draw = this.float();
    let probability = Math.exp(-mean);
    let sum = probability;
    let n = 0;
    while (draw >= sum && n < max) {
      n += 1;
      probability *= mean / n;
      sum += probability;
    }
    return n;
  }

  /** How often a chance of `mean / (1 + mean)` comes true in a row. */
  geometric(mean: number, max: number): number {
    if (mean <= 0) return 0;
    const again = mean / (1 + mean);
    const draw = 1 - this.float();
    // Most often it does not come true at all, and that takes no logarithms.
    return draw > again ? 0 : Math.min(max, Math.floor(Math.log(draw) / Math.log(again)));
  }
}

/** MurmurHash3's finaliser: each bit of the word moves about half of the result's. */
export function mix32(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}

export function hash2(a: number, b: number): number {
  return mix32(mix32(a ^ 0x9e3779b9) + Math.imul(b, 0x27d4eb2f));
}

/** In [0, 1), of three words. */
export function hashFloat(a: number, b: number, c: number): number {
  return (hash2(hash2(a, b), c) >>> 0) / 4294967296;
}

/** One word of a text (FNV-1a, then mixed): to seed a stream by a name. */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix32(h);
}
