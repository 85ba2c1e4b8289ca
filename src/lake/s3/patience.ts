import { setTimeout as wait } from 'node:timers/promises';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { Effects } from '../../base/effects.ts';
import { seconds } from '../../base/units.ts';

type RetryStrategy = Exclude<NonNullable<S3ClientConfig['retryStrategy']>, { retry: unknown }>;

const worthRetrying: ReadonlySet<string> = new Set(['TRANSIENT', 'THROTTLING']);
const longestMs = seconds(20);

/**
 * Tries again with full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/): up to 100 ms, doubled
 * each time, to 20 s; five times that where the store asks for fewer requests. The SDK's own strategy keeps a quota for the
 * whole client, which a store that restarts uses up: then the first failure of every request would be its last.
 */
export function patience(attempts: number, { random }: Effects): RetryStrategy {
  const tokenOf = (count: number) => ({ getRetryCount: () => count, getRetryDelay: () => 0 });
  return {
    acquireInitialRetryToken: async () => tokenOf(0),
    refreshRetryTokenForRetry: async (token, { errorType }) => {
      const retries = token.getRetryCount();
      if (!worthRetrying.has(errorType) || retries + 1 >= attempts) throw new Error('no attempt is left');
      const baseMs = errorType === 'THROTTLING' ? 500 : 100;
      await backOff(retries, baseMs, random);
      return tokenOf(retries + 1);
    },
    recordSuccess: () => {},
  };
}

/** Waits up to `baseMs`, doubled with each retry before. */
export async function backOff(retries: number, baseMs: number, random: Effects['random']): Promise<void> {
  const jitter = random.uint32() / 2 ** 32;
  // A network's time is real, also where the engine's clock is simulated.
  await wait(jitter * Math.min(longestMs, baseMs * 2 ** retries));
}
