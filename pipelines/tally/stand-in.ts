import type { StartStandIn } from '../../src/index.ts';
import { startStub } from './stub/server.ts';

const key = 'stand-in-key-of-the-demo';

/** TMDB's API on made-up shows, for `playhead demo` without a key. */
export const standIn: StartStandIn = async (now) => {
  const stub = await startStub({ key, now });
  return { env: { TMDB_API_KEY: key, TMDB_BASE_URL: stub.url }, close: stub.close };
};
