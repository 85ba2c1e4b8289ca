import type { Run, RunStore } from './runs.ts';

/**
 * When the first of the runs of an address began that since its last word died, or were ended by something else: what they
 * committed before, nobody was told. Undefined where the last one had its word, or none ran.
 */
export async function untoldSinceMs(
  runs: Pick<RunStore, 'recent' | 'markLost'>,
  address: string,
): Promise<number | undefined> {
  await runs.markLost();
  for (let limit = 4; ; limit *= 4) {
    const recent = runs.recent({ address, limit });
    const told = recent.findIndex(hadItsWord);
    if (told === -1 && recent.length === limit) continue;
    const silent = recent.slice(0, told === -1 ? recent.length : told).filter(({ outcome }) => outcome !== 'running');
    return silent.at(-1)?.startedMs;
  }
}

/** A run that a check fails says all that checks found in it. */
function hadItsWord({ outcome, error }: Run): boolean {
  return outcome === 'succeeded' || (outcome === 'failed' && error?.code === 'PH_CHECK_FAILED');
}
