/** Settings of `npm run soak`: PLAYHEAD_SOAK_ROUNDS in place of each file's own number, PLAYHEAD_SOAK_SEED of its seed. */
const { PLAYHEAD_SOAK_ROUNDS: rounds, PLAYHEAD_SOAK_SEED: seed } = process.env;

/** Rounds to run, where a file runs `usual` by itself. */
export function soakRounds(usual: number): number {
  return numberOf('PLAYHEAD_SOAK_ROUNDS', rounds, usual, 1);
}

/** Another one finds other things. */
export function soakSeed(usual: number): number {
  return numberOf('PLAYHEAD_SOAK_SEED', seed, usual, 0);
}

/** A seed a round, rising. */
export function soakSeeds(usualRounds: number, usualFirst: number): readonly number[] {
  const first = soakSeed(usualFirst);
  return Array.from({ length: soakRounds(usualRounds) }, (_, round) => first + round);
}

/** The first of what a file goes through, one a round; all of it where there are as many rounds. */
export function soakCases<T>(all: readonly T[]): readonly T[] {
  return all.slice(0, soakRounds(all.length));
}

/** A soak of NaN rounds would pass. */
function numberOf(name: string, text: string | undefined, usual: number, least: number): number {
  if (text === undefined || text === '') return usual;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    throw new RangeError(`${name}=${text}: not a whole number from ${least}`);
  return value;
}
